'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const Piscina = require('../..');

const timeout = 120_000;

/** So many results take many times as long as one turn of the event loop may. */
const TASKS = 100_000;

/** More than the first and the last turn, in which nothing may be left to read. */
const LEAST = 5;

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<{ turns: number, value: T }>} how many turns of the event loop it took
 */
async function countTurns (promise) {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const value = await promise;
  isDone = true;
  return { turns, value };
}

test('many results that have come are read in many turns of the event loop', { timeout }, async (t) => {
  const pool = new Piscina({ filename: require.resolve('./fixtures/counts-runs.js'), minThreads: 1, maxThreads: 1, workerData: new Int32Array(new SharedArrayBuffer(4)) });
  t.after(() => pool.destroy());
  const { workerData } = pool.options;
  const all = Promise.all(Array.from({ length: TASKS }, (_, number) => pool.run(number)));
  // All of them run while this thread looks at nothing.
  for (let runs; (runs = Atomics.load(workerData, 0)) < TASKS;) Atomics.wait(workerData, 0, runs, 100);

  const { turns, value: results } = await countTurns(all);
  assert.ok(turns > LEAST, `${turns} turns`);
  assert.deepEqual(results, Array.from({ length: TASKS }, (_, number) => number));
});

test('results that have come are all read before the pool ends', { timeout }, async () => {
  const pool = new Piscina({ filename: require.resolve('./fixtures/counts-runs.js'), minThreads: 1, maxThreads: 1, workerData: new Int32Array(new SharedArrayBuffer(4)) });
  const { workerData } = pool.options;
  const all = Promise.allSettled(Array.from({ length: TASKS }, (_, number) => pool.run(number)));
  for (let runs; (runs = Atomics.load(workerData, 0)) < TASKS;) Atomics.wait(workerData, 0, runs, 100);
  // What the last one reports comes with the worker's next call.
  const last = pool.run(TASKS);
  for (let runs; (runs = Atomics.load(workerData, 0)) <= TASKS;) Atomics.wait(workerData, 0, runs, 100);
  const destroyed = pool.destroy();
  const outcomes = await all;
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 0);
  await last.catch(() => {});
  await destroyed;
});

describe('one signal of many tasks', { concurrency: 2 }, () => {
  /**
   * A pool whose only worker is busy, and tasks that wait with one signal.
   *
   * @param {import('node:test').TestContext} t
   * @param {number} count
   * @param {object} [options] more of the pool's
   */
  async function wait (t, count, options) {
    const pool = new Piscina({ filename: require.resolve('./fixtures/counts-runs.js'), minThreads: 1, maxThreads: 1, workerData: new Int32Array(new SharedArrayBuffer(8)), ...options });
    t.after(() => pool.destroy());
    const { workerData } = pool.options;
    const first = pool.run('wait');
    while (Atomics.load(workerData, 0) === 0) await new Promise((resolve) => { setImmediate(resolve); });
    const controller = new AbortController();
    const outcomes = Array.from({ length: count }, (_, number) => pool.run(number, { signal: controller.signal }).then(() => 'done', (error) => error));
    const release = () => {
      Atomics.store(workerData, 1, 1);
      Atomics.notify(workerData, 1);
      return first;
    };
    return { pool, workerData, controller, outcomes, release };
  }

  test('its abort rejects them in many turns of the event loop, and none of them starts', { timeout }, async (t) => {
    const { pool, workerData, controller, outcomes, release } = await wait(t, TASKS);
    controller.abort();
    assert.equal(pool.queueSize, 0);
    await release();
    const { turns, value: errors } = await countTurns(Promise.all(outcomes));
    assert.ok(turns > LEAST, `${turns} turns`);
    assert.ok(errors.every((error) => error.name === 'AbortError' && error.cause === controller.signal.reason));
    await pool.run(0);
    assert.equal(Atomics.load(workerData, 0), 2);
  });

  test('its abort comes before the end of the pool, and before results that were not read', { timeout }, async (t) => {
    const { pool, workerData, controller, outcomes, release } = await wait(t, TASKS);
    release();
    // All of them run while this thread looks at nothing.
    for (let runs; (runs = Atomics.load(workerData, 0)) <= TASKS;) Atomics.wait(workerData, 0, runs, 100);
    controller.abort();
    const destroyed = pool.destroy();
    const errors = await Promise.all(outcomes);
    assert.ok(errors.every((error) => error.cause === controller.signal.reason));
    await destroyed;
  });

  test('none of them starts after its abort if the queue of the user keeps it', { timeout }, async (t) => {
    /** @type {any[]} */
    const tasks = [];
    const taskQueue = { get size () { return tasks.length; }, shift: () => tasks.shift() ?? null, push: (/** @type {any} */ task) => { tasks.push(task); }, remove () {} };
    const { workerData, controller, outcomes, release } = await wait(t, TASKS / 5, { taskQueue });
    controller.abort();
    await release();
    const errors = await Promise.all(outcomes);
    assert.ok(errors.every((error) => error.cause === controller.signal.reason));
    assert.equal(Atomics.load(workerData, 0), 1);
  });
});
