'use strict';

const assert = require('node:assert/strict');
const { setMaxListeners } = require('node:events');
const { closeGate } = require('./gate');

/** @typedef {{ count: number, shared: boolean }} Parameters */

/**
 * Submits tasks that stay queued, then aborts all of them and waits for their rejections. Only
 * the latter is timed, and the reason is made before: an AbortSignal's own default reason costs
 * more than some pools do.
 *
 * @param {import('../contestants/types').OpenPool} pool
 * @param {Parameters} parameters
 */
async function abortAll (pool, { count, shared }) {
  const openGate = await closeGate(pool);
  const controllers = Array.from({ length: shared ? 1 : count }, () => new AbortController());
  if (shared) {
    setMaxListeners(0, controllers[0].signal);
  }
  const reason = new DOMException('benchmark', 'AbortError');
  let rejected = 0;
  let wrong = 0;
  /** @type {(value?: unknown) => void} */
  let allRejected = () => {};
  const done = new Promise((resolve) => {
    allRejected = resolve;
  });
  const onResult = () => {
    wrong++;
  };
  const onRejection = (/** @type {Error} */ error) => {
    // workerpool calls it a cancellation; poolifier's is a plain Error that speaks of it.
    if (!/abort|cancel/i.test(`${error.name} ${error.message}`)) {
      wrong++;
    }
    if (++rejected === count) {
      allRejected();
    }
  };
  for (let index = 0; index < count; index++) {
    const { signal } = controllers[shared ? 0 : index];
    pool.runAbortable({ a: index, b: 1 }, signal).then(onResult, onRejection);
  }

  const start = performance.now();
  for (const controller of controllers) {
    controller.abort(reason);
  }
  const called = performance.now();
  await done;
  const end = performance.now();

  await openGate();
  assert.equal(wrong, 0, 'every aborted task rejects with an error that says so');
  assert.equal(await pool.run({ a: 1, b: 2 }), 3, 'the pool still works');
  return {
    each: (end - start) / count * 1000,
    call: (called - start) / count * 1000
  };
}

const everyone = ['rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier-queue'];

/**
 * Node searches all listeners of a signal whenever one is added. A pool that adds one for each
 * task spends minutes on 100,000 of them before there is anything to abort.
 *
 * @param {number} count
 * @param {boolean} shared
 * @returns {import('./types').Case<Parameters>}
 */
function abortCase (count, shared) {
  return {
    id: `${count}-${shared ? 'shared' : 'each'}`,
    title: `Abort of ${count.toLocaleString('en')} queued tasks, ${shared ? 'one signal for all' : 'a signal for each'}`,
    metrics: ['each', 'call'],
    contestants: shared && count > 10_000 ? ['rockpool'] : everyone,
    parameters: { count, shared },
    quick: count === 1_000 ? { count: 100 } : false,
    rounds: count > 10_000 ? 3 : 5,
    timeLimit: 12
  };
}

/** @type {import('./types').Scenario<Parameters, import('../contestants/types').OpenPool>} */
module.exports = {
  id: 'abort',
  title: 'Abort of queued tasks',
  metrics: {
    each: { title: 'until all are rejected', unit: 'µs/task', better: 'less' },
    call: { title: 'abort() alone', unit: 'µs/task', better: 'less' }
  },
  cases: [true, false].flatMap((shared) => [1_000, 10_000, 100_000].map((count) => abortCase(count, shared))),

  async prepare (contestant, { count, shared }) {
    const pool = contestant.open({ job: 'gated', workers: 1 });
    // As many aborts whatever the size of the case: what is compared is the length of the queue,
    // not how warm the code is.
    for (let aborted = 0; aborted < Math.min(10 * count, 10_000); aborted += Math.min(count, 1_000)) {
      await abortAll(pool, { count: Math.min(count, 1_000), shared });
    }
    return pool;
  },

  sample: abortAll,

  finish: async (pool) => pool.close()
};
