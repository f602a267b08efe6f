'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { Board } = require('./support/board.js');
const { rowsOf } = require('./support/row.js');
const { hang, settled } = require('./support/settle.js');

const row = rowsOf(__filename);

/**
 * @param {any} Pool
 * @param {'sync' | 'async' | 'disabled'} atomics
 */
function timerPool (Pool, atomics) {
  const board = new Board();
  const pool = new Pool({ filename: path.join(__dirname, 'fixtures', 'timers.js'), maxThreads: 1, atomics, workerData: { memory: board.memory } });
  return { board, pool };
}

row(26, "with atomics 'sync' the timers of a worker stand still between tasks and go on in the next", async (Pool) => {
  const { board, pool } = timerPool(Pool, 'sync');
  await settled('the end of the first task', pool.run(undefined, { name: 'leave' }));
  // Long after the timer was due.
  await sleep(100);
  assert.ok(!board.isOpen(0), 'the timer ran while the worker waited');
  assert.ok(await settled('the timer, in the next task,', pool.run(undefined, { name: 'wait' })));
}, { note: 'the contract, the same on both' });

for (const atomics of /** @type {const} */ (['async', 'disabled'])) {
  row(26, `with atomics '${atomics}' the timers of a worker run between tasks`, async (Pool) => {
    const { board, pool } = timerPool(Pool, atomics);
    await settled('the end of the first task', pool.run(undefined, { name: 'leave' }));
    const deadline = Date.now() + hang.patience;
    while (!board.isOpen(0)) {
      assert.ok(Date.now() < deadline, 'the timer never ran');
      await sleep(1);
    }
  }, { note: 'the contract, the same on both' });
}
