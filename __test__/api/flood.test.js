'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const Piscina = require('../..');

const timeout = 120_000;

/** So many results take many times as long as one turn of the event loop may. */
const TASKS = 100_000;

/** More than the first and the last turn, in which nothing may be left to read. */
const LEAST = 5;

test('many results that have come are read in many turns of the event loop', { timeout }, async (t) => {
  const pool = new Piscina({ filename: require.resolve('./fixtures/counts-runs.js'), minThreads: 1, maxThreads: 1, workerData: new Int32Array(new SharedArrayBuffer(4)) });
  t.after(() => pool.destroy());
  const { workerData } = pool.options;
  const all = Promise.all(Array.from({ length: TASKS }, (_, number) => pool.run(number)));
  // All of them run while this thread looks at nothing.
  for (let runs; (runs = Atomics.load(workerData, 0)) < TASKS;) Atomics.wait(workerData, 0, runs, 100);

  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const results = await all;
  isDone = true;
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
