'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * Occupies a pool's only worker, so that whatever is submitted from now on stays queued.
 *
 * @param {import('../contestants/types').OpenPool} pool a pool of one worker with the job `gated`
 * @returns {Promise<() => Promise<void>>} opens the gate and waits for the task that stood in it
 */
async function closeGate (pool) {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const promise = pool.run({ a: 1, b: 1, gate });
  while (Atomics.load(gate, 1) === 0) {
    await sleep(1);
  }
  return async function openGate () {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await promise, 2);
  };
}

module.exports = { closeGate };
