'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled, turns } = require('./support/settle.js');
const { WorkCounter } = require('./support/work.js');

const row = rowsOf(__filename);

/**
 * @param {any} Pool
 * @param {WorkCounter} counter
 * @param {number} workers
 * @returns {Promise<number>} the main thread's work for a task, in a pool of so many workers
 */
async function workOfATask (Pool, counter, workers) {
  const pool = new Pool({ filename: path.join(__dirname, 'fixtures', 'results.js'), minThreads: workers, maxThreads: workers });
  const run = () => settled('the end of a task', pool.run(1, { name: 'echo' }));
  await Promise.all(Array.from({ length: workers * 2 }, run));
  await turns();
  const batches = [];
  const tasks = 20;
  for (let batch = 0; batch < 15; batch++) {
    counter.take();
    for (let task = 0; task < tasks; task++) await run();
    batches.push(counter.take() / tasks);
  }
  await pool.destroy();
  // The median: a worker's first task has work of its own, whenever it comes.
  return batches.sort((a, b) => a - b)[batches.length >> 1];
}

/**
 * @param {any} Pool
 * @param {WorkCounter} counter
 * @param {number} length
 * @returns {Promise<number>} the main thread's work for the abort of the oldest of so many queued tasks
 */
async function workOfAnAbort (Pool, counter, length) {
  const { board, pool, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const held = outcomeOf('the end of the first task', hold(0, 0));
  await board.logged(1, 'the start of the first task');
  const first = outcomeOf('the end of the queued tasks', log(0));
  const controller = new AbortController();
  const aborted = outcomeOf('the rejection of the aborted task', log(1, { signal: controller.signal }));
  const queued = Array.from({ length }, (_, index) => outcomeOf('the end of the queued tasks', log(index + 2)));
  await turns();
  counter.take();
  controller.abort();
  await aborted;
  const work = counter.take();
  await pool.destroy();
  await Promise.all([held, first, ...queued]);
  return work;
}

row(24, "a task's cost on the main thread does not grow with the number of workers", async (Pool) => {
  const counter = new WorkCounter();
  const few = await workOfATask(Pool, counter, 1);
  const many = await workOfATask(Pool, counter, 16);
  assert.ok(few > 0, 'nothing was counted');
  assert.ok(many < few * 2, `it is ${(many / few).toFixed(0)} times as much with 16 workers as with one`);
});

row(24, "an abort's cost on the main thread does not grow with the queue", async (Pool) => {
  const counter = new WorkCounter();
  const short = await workOfAnAbort(Pool, counter, 20);
  const long = await workOfAnAbort(Pool, counter, 2000);
  assert.ok(short > 0, 'nothing was counted');
  assert.ok(long < short * 2, `it is ${(long / short).toFixed(0)} times as much with 2,000 tasks queued as with 20`);
});
