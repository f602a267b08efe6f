'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled, turns } = require('./support/settle.js');

const row = rowsOf(__filename);

/**
 * A pool of one worker at most loses it while tasks wait.
 *
 * @param {any} Pool
 * @param {(tools: ReturnType<typeof boardPool>) => { lost: Promise<any>, lose?: () => void }} lose
 */
async function loseTheLastWorker (Pool, lose) {
  const tools = boardPool(Pool, { minThreads: 0, maxThreads: 1 });
  const { lost, lose: act } = lose(tools);
  const running = outcomeOf('the rejection of the lost task', lost);
  const queued = [tools.log(2), tools.log(3)];
  await tools.board.logged(1, 'the start of the task that is lost');
  act?.();
  assert.equal((await running).outcome, 'rejected');
  assert.deepEqual(await settled('the end of the queued tasks', Promise.all(queued)), [2, 3]);
}

row(3, 'tasks that wait get a new worker when the last one exits', (Pool) =>
  loseTheLastWorker(Pool, ({ exit }) => ({ lost: exit(1) })));

row(3, 'tasks that wait get a new worker when the last one crashes', (Pool) =>
  loseTheLastWorker(Pool, ({ crash }) => ({ lost: crash(1) })));

row(3, 'tasks that wait get a new worker when the last one is aborted', (Pool) =>
  loseTheLastWorker(Pool, ({ hold }) => {
    const controller = new AbortController();
    return { lost: hold(1, 0, { signal: controller.signal }), lose: () => controller.abort() };
  }));

row(5, 'a worker that crashes after a booting one was aborted is replaced', async (Pool) => {
  // The second worker boots until gate 1 opens.
  const { board, pool, log, hold, exit } = boardPool(Pool, { minThreads: 1, maxThreads: 2, idleTimeout: 60_000 }, { bootGate: 1, freeBoots: 1 });
  const controller = new AbortController();
  const first = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  // Wants the second worker; may be bound to it, as on piscina, or not.
  const aborted = outcomeOf('the rejection of the aborted task', hold(2, 2, { signal: controller.signal }));
  assert.equal(pool.threads.length, 2, 'a second worker boots');
  const exits = pool.threads.map((/** @type {any} */ thread) => once(thread, 'exit'));
  board.open(0);
  await settled('the end of the first task', first);
  await turns();
  controller.abort();
  assert.equal((await aborted).error.name, 'AbortError');
  // Where the abort terminated a worker, its end must be seen before the crash.
  if (pool.threads.length < 2) await settled('the end of the terminated worker', Promise.race(exits));
  await turns();
  board.open(1);
  const lost = outcomeOf('the rejection of the lost tasks', exit(3));
  await lost;
  // Everybody is gone: each worker that is left runs one of these.
  for (const id of [4, 5]) await outcomeOf('the rejection of the lost tasks', exit(id));
  await turns();
  assert.ok(pool.threads.length >= 1, 'the pool is left with fewer workers than minThreads');
  assert.equal(await settled('a task after it', log(6)), 6);
});
