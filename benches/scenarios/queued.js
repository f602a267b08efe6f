'use strict';

const { collectGarbage } = require('../harness/garbage');
const { closeGate } = require('./gate');
const { tasks, runAll, perSecond } = require('./tasks');

/** @typedef {{ count: number, batches: number, warmUp: number, drainSeconds: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool }} State */

const { make, check } = tasks.add;

/**
 * Fills the queue behind a closed gate.
 *
 * @param {State} state
 * @param {any[]} promises filled in place, so that the list itself is not counted
 * @returns {number} milliseconds
 */
function submit ({ pool }, promises) {
  const start = performance.now();
  for (let index = 0; index < promises.length; index++) {
    promises[index] = pool.run(make(index));
  }
  return performance.now() - start;
}

/**
 * Waits for the answers, but not for ever: a slow pool with a long queue is measured by what it
 * did in the time given.
 *
 * @param {any[]} promises
 * @param {number} seconds
 * @returns {Promise<{ milliseconds: number, done: number }>}
 */
async function drain (promises, seconds) {
  const start = performance.now();
  let done = 0;
  for (; done < promises.length; done++) {
    check(done, await promises[done]);
    if (done % 256 === 0 && performance.now() - start > seconds * 1000) {
      break;
    }
  }
  return { milliseconds: performance.now() - start, done };
}

/** @param {State} state @param {any[]} promises @param {number} seconds */
async function fillAndDrain (state, promises, seconds) {
  const openGate = await closeGate(state.pool);
  const submitting = submit(state, promises);
  const opened = openGate();
  const { milliseconds, done } = await drain(promises, seconds);
  await opened;
  const submitRate = perSecond(promises.length, submitting);
  const drainRate = perSecond(done, milliseconds);
  return {
    finished: done === promises.length,
    sample: { rate: 1 / (1 / submitRate + 1 / drainRate), submitRate, drainRate }
  };
}

/** Memory of the process and, inside it, what V8 knows of. */
function memory () {
  collectGarbage();
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, known: heapUsed + external };
}

/**
 * @param {number} count
 * @param {number} batches
 * @param {number} drainSeconds
 * @returns {import('./types').Case<Parameters>}
 */
function queuedCase (count, batches, drainSeconds) {
  return {
    id: String(count),
    title: `${count.toLocaleString('en')} additions queued, 1 worker`,
    // Some thousand tasks are fewer bytes than a process grows by anyway.
    metrics: ['rate', 'submitRate', 'drainRate', ...(count > 10_000 ? ['memory', 'known'] : ['known'])],
    contestants: ['rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier', 'poolifier-queue'],
    parameters: { count, batches, drainSeconds, warmUp: 20_000 },
    quick: count === 10_000 ? { count: 500, batches: 1, warmUp: 100 } : false,
    fresh: true,
    rounds: 3,
    peerRounds: count > 10_000 ? 1 : 3,
    timeLimit: 90
  };
}

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'queued',
  title: 'A long queue',
  metrics: {
    rate: { title: 'rate, submitted and done', unit: 'tasks/s', better: 'more' },
    submitRate: { title: 'rate of run()', unit: 'tasks/s', better: 'more' },
    drainRate: { title: 'rate of answers', unit: 'tasks/s', better: 'more' },
    memory: { title: 'memory of the process', unit: 'bytes/task', better: 'less' },
    known: { title: 'heap and external alone', unit: 'bytes/task', better: 'less' }
  },
  cases: [queuedCase(10_000, 9, 5), queuedCase(100_000, 3, 5), queuedCase(1_000_000, 1, 10)],

  async prepare (contestant, { warmUp }) {
    const pool = contestant.open({ job: 'gated', workers: 1 });
    await runAll(pool, Array.from({ length: warmUp }, (_, index) => make(index)));
    return { pool };
  },

  async sample (state, { count, batches, drainSeconds }) {
    const promises = new Array(count).fill(null);

    // Memory first, in a process that has never held more; its garbage collections keep this
    // batch from being timed.
    const openGate = await closeGate(state.pool);
    const before = memory();
    submit(state, promises);
    const after = memory();
    const samples = [/** @type {import('./types').Sample} */ ({
      memory: (after.rss - before.rss) / count,
      known: (after.known - before.known) / count
    })];
    const opened = openGate();
    const { milliseconds, done } = await drain(promises, drainSeconds);
    await opened;
    if (done < count) {
      samples.push({ drainRate: perSecond(done, milliseconds) });
      return samples;
    }

    const end = performance.now() + drainSeconds * 1000;
    for (let batch = 0; batch < batches && performance.now() < end; batch++) {
      collectGarbage();
      const { finished, sample } = await fillAndDrain(state, promises, drainSeconds);
      samples.push(sample);
      if (!finished) {
        break;
      }
    }
    return samples;
  },

  // Nothing to wait for: each sample's process ends with it, and a slow pool may have some
  // hundred thousand tasks left.
  finish: async () => {}
};
