'use strict';

const assert = require('node:assert/strict');

/** @typedef {{ bytes: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool, buffer: Buffer, sum: number }} State */

/**
 * Sends the buffer and watches how long the event loop stands still meanwhile: the time of the
 * call itself, and the largest gap between two ticks of a timer until the answer is there.
 *
 * @param {State} state
 * @returns {Promise<{ blocked: number, whole: number }>}
 */
async function send ({ pool, buffer, sum }) {
  const start = performance.now();
  const promise = pool.run(buffer);
  const called = performance.now();
  let last = called;
  let gap = 0;
  const tick = () => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  };
  const timer = setInterval(tick, 1);
  const result = await promise;
  const end = performance.now();
  tick();
  clearInterval(timer);
  assert.deepEqual(result, { length: buffer.length, sum });
  assert.equal(buffer[0], 1, 'the buffer still belongs to the caller');
  return { blocked: called - start + gap, whole: end - start };
}

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'large-buffer',
  title: 'A large Buffer without transfer',
  metrics: {
    blocked: { title: 'main thread blocked', unit: 'ms', better: 'less' },
    whole: { title: 'whole time', unit: 'ms', better: 'less' }
  },
  cases: [
    {
      id: '100-mib',
      title: '100 MiB Buffer without transfer, 1 worker',
      metrics: ['blocked', 'whole'],
      contestants: ['rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier'],
      parameters: { bytes: 100 * 1024 * 1024 },
      quick: { bytes: 1024 * 1024 },
      rounds: 7
    }
  ],

  async prepare (contestant, { bytes }) {
    const pool = contestant.open({ job: 'pages', workers: 1 });
    const state = { pool, buffer: Buffer.alloc(bytes, 1), sum: Math.ceil(bytes / 4096) };
    await send(state);
    return state;
  },

  sample: send,

  finish: async ({ pool }) => pool.close()
};
