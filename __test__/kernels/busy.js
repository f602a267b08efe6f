'use strict';

const assert = require('node:assert/strict');
const { addressOf, startKernel } = require('./support');

/**
 * Gives a call up in its middle: between two of its steps, and long before its end, since a hundred other calls have
 * their turns between any two steps. It must reject, and give all memory back.
 *
 * @param {string} name
 * @param {ArrayBufferView} bytes work of several steps
 * @param {object | null} params
 * @param {object} [options]
 * @returns {Promise<{ error: any, progress: { done: number, total: number, unit: string } }>}
 */
async function abortInTheMiddle (name, bytes, params, options = {}) {
  const others = new AbortController();
  const busy = Array.from({ length: 100 }, () =>
    startKernel('probe.spin', new Uint8Array(1), { milliseconds: 600_000 }, { signal: others.signal }));
  const controller = new AbortController();
  const address = addressOf(bytes);
  const { byteLength } = bytes;
  try {
    let seen;
    const pending = startKernel(name, bytes, params, {
      ...options,
      signal: controller.signal,
      onProgress: (progress) => {
        seen ??= progress;
        controller.abort();
      }
    });
    const error = await pending.then(() => null, (error) => error);
    assert.equal(error?.code, 'ABORT_ERR', `${name} is given up`);
    assert.equal(error.buffer.byteLength, byteLength);
    assert.equal(addressOf(error.buffer), address);
    return { error, progress: seen };
  } finally {
    others.abort();
    await Promise.allSettled(busy);
  }
}

module.exports = { abortInTheMiddle };
