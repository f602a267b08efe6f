'use strict';

const assert = require('node:assert/strict');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { settled } = require('./support/settle.js');

const row = rowsOf(__filename);

row(10, 'tasks start in the order in which they were submitted', async (Pool) => {
  const { board, log } = boardPool(Pool, { maxThreads: 1 });
  await settled('the end of the tasks', Promise.all(Array.from({ length: 8 }, (_, id) => log(id))));
  assert.deepEqual(board.entries, [0, 1, 2, 3, 4, 5, 6, 7], 'the order is another');
});

row(10, 'tasks with and without a signal or a transfer start in one order', async (Pool) => {
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const held = hold(0, 0);
  await board.logged(1, 'the start of the first task');
  /** What can be transferred only once has to be new for each. */
  const kinds = [() => ({}), () => ({ signal: new AbortController().signal }), () => ({ transferList: [new ArrayBuffer(8)] })];
  const tasks = Array.from({ length: 9 }, (_, index) => log(index + 1, kinds[index % 3]()));
  board.open(0);
  await settled('the end of the tasks', Promise.all([held, ...tasks]));
  assert.deepEqual(board.entries, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'the order is another');
});

row(11, 'a waiting task goes to a ready worker, not to one that boots', async (Pool) => {
  // The second worker boots until gate 1 opens.
  const { board, log, hold } = boardPool(Pool, { minThreads: 1, maxThreads: 2 }, { bootGate: 1, freeBoots: 1 });
  const first = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const second = log(2);
  board.open(0);
  await settled('the end of the first task', first);
  await settled('the second task, while one worker is ready and one boots,', second);
  assert.ok(!board.isOpen(1));
});
