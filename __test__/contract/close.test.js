'use strict';

const assert = require('node:assert/strict');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled, turns } = require('./support/settle.js');

const row = rowsOf(__filename);

/**
 * Two workers run a task each; the pool is closed, and one task ends long before the other.
 *
 * @param {any} Pool
 * @param {(pool: any) => Promise<void>} close
 */
async function closeWithOneTaskLate (Pool, close) {
  const { board, pool, hold } = boardPool(Pool, { minThreads: 2, maxThreads: 2 });
  const early = hold(1, 0);
  const late = outcomeOf('the end of the second task', hold(2, 1));
  await board.logged(2, 'the start of both tasks');
  const closed = close(pool);
  board.open(0);
  await settled('the end of the first task', early);
  await turns();
  board.open(1);
  const { outcome, error } = await late;
  assert.equal(outcome, 'fulfilled', `the running task is rejected: ${error?.message}`);
  await settled('the end of close()', closed);
}

row(1, 'close() waits for every running task', (Pool) => closeWithOneTaskLate(Pool, (pool) => pool.close()));

row(1, 'await using waits for every running task', (Pool) => closeWithOneTaskLate(Pool, (pool) => pool[Symbol.asyncDispose]()));

row(2, 'close() settles all tasks and returns after a worker was lost', async (Pool) => {
  const { board, pool, log, hold, exit } = boardPool(Pool, { minThreads: 1, maxThreads: 2 });
  const held = hold(1, 0);
  const lost = outcomeOf('the rejection of the lost task', exit(2, 1));
  await board.logged(2, 'the start of both tasks');
  const queued = [3, 4, 5].map((id) => outcomeOf('the end of the queued tasks', log(id)));
  board.open(1);
  assert.equal((await lost).outcome, 'rejected');
  const closed = pool.close();
  board.open(0);
  await settled('the end of the running task', held);
  const outcomes = await Promise.all(queued);
  assert.deepEqual(outcomes.map(({ value }) => value), [3, 4, 5], 'the queued tasks were not run');
  await settled('the end of close()', closed);
});
