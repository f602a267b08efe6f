'use strict';

const assert = require('node:assert/strict');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled, turns } = require('./support/settle.js');

const row = rowsOf(__filename);

row(6, 'FixedQueue.remove() leaves the queue in order at any length', async (Pool) => {
  // piscina's is a list of blocks of 2,048: both sides of each border.
  for (const length of [1, 2, 2047, 2048, 2049, 4095, 4096, 6200]) {
    for (const index of new Set([0, 1, length >> 1, length - 2, length - 1].filter((index) => index >= 0 && index < length))) {
      const queue = new Pool.FixedQueue();
      const tasks = Array.from({ length }, (_, id) => ({ id }));
      for (const task of tasks) queue.push(task);
      queue.remove(tasks[index]);
      const removed = `after item ${index} of ${length} was removed`;
      for (const task of tasks.toSpliced(index, 1)) assert.equal(queue.shift(), task, `another task comes ${removed}`);
      // Empty now, and as good as new.
      const later = { id: length };
      queue.push(later);
      assert.equal(queue.size, 1);
      assert.equal(queue.shift(), later, `a later task is lost ${removed}`);
      assert.equal(queue.shift(), null);
    }
  }
});

row(6, 'a pool runs on after the last of 2,048 queued tasks was aborted', async (Pool) => {
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const controller = new AbortController();
  const held = hold(0, 0);
  await board.logged(1, 'the start of the first task');
  const queued = Array.from({ length: 2047 }, (_, index) => log(index + 1));
  const aborted = outcomeOf('the rejection of the aborted task', log(2048, { signal: controller.signal }));
  controller.abort();
  assert.equal((await aborted).error.name, 'AbortError');
  board.open(0);
  await settled('the end of the other tasks', Promise.all([held, ...queued]));
  const later = [hold(2049, 1), log(2050), log(2051)];
  board.open(1);
  await settled('the end of the later tasks', Promise.all(later));
  assert.equal(new Set(board.entries).size, 2051);
});

row(7, 'a waiting task in an ArrayTaskQueue can be aborted', async (Pool) => {
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1, taskQueue: new Pool.ArrayTaskQueue() });
  const controller = new AbortController();
  const held = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const waiting = [2, 3].map((id) => outcomeOf('the rejection of the aborted tasks', log(id, { signal: controller.signal })));
  controller.abort();
  for (const { error } of await Promise.all(waiting)) assert.equal(error.name, 'AbortError');
  board.open(0);
  await settled('the end of the other tasks', Promise.all([held, log(4)]));
  assert.deepEqual(board.entries, [1, 4], 'an aborted task ran');
});

row(8, 'a task that maxQueue 0 rejects never runs', async (Pool) => {
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1, maxQueue: 0 });
  const held = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const { error } = await outcomeOf('the rejection', log(2));
  assert.equal(error.message, 'No task queue available and all Workers are busy');
  board.open(0);
  await settled('the end of the first task', held);
  // One worker: had the rejected task run, it would have been before this one, which may have to wait for it.
  while ((await outcomeOf('the end of the last task', log(3))).outcome === 'rejected') await turns(1);
  assert.deepEqual(board.entries, [1, 3], 'the rejected task ran');
});

row(9, 'maxQueue counts tasks that have a signal', async (Pool) => {
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1, maxQueue: 2 });
  const held = hold(0, 0);
  await board.logged(1, 'the start of the first task');
  const tasks = [1, 2, 3, 4, 5].map((id) => outcomeOf('the end of the tasks', log(id, { signal: new AbortController().signal })));
  board.open(0);
  await settled('the end of the first task', held);
  const outcomes = await Promise.all(tasks);
  assert.deepEqual(
    outcomes.map(({ value, error }) => value ?? error.message),
    [1, 2, 'Task queue is at limit', 'Task queue is at limit', 'Task queue is at limit'],
    `${outcomes.filter(({ outcome }) => outcome === 'fulfilled').length} tasks were queued where 2 may be`
  );
  assert.deepEqual(board.entries, [0, 1, 2]);
});

row(25, 'a custom queue may hold its tasks back', async (Pool) => {
  /** Gives nothing away while it is shut, whatever its size. */
  class HeldQueue extends Pool.ArrayTaskQueue {
    shut = false;

    shift () {
      return this.shut ? null : super.shift();
    }
  }
  const taskQueue = new HeldQueue();
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1, taskQueue });
  const held = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const waiting = [log(2), log(3)];
  taskQueue.shut = true;
  board.open(0);
  await settled('the end of the first task', held);
  assert.equal(taskQueue.size, 2);
  taskQueue.shut = false;
  await settled('the end of the tasks that were held back', Promise.all([log(4), ...waiting]));
  assert.deepEqual(board.entries, [1, 2, 3, 4]);
});
