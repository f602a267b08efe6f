'use strict';

const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled, turns } = require('./support/settle.js');

const row = rowsOf(__filename);

row(22, 'any number of tasks may share one signal', async (Pool) => {
  /** @type {Error[]} */
  const warnings = [];
  process.on('warning', (warning) => warnings.push(warning));
  const { log } = boardPool(Pool, { maxThreads: 1 });
  const { signal } = new AbortController();
  await settled('the end of the tasks', Promise.all(Array.from({ length: 50 }, (_, id) => log(id, { signal }))));
  await turns();
  assert.deepEqual(warnings.map(({ name }) => name), [], `${warnings[0]?.name}`);
});

row(23, 'a task that is aborted in the queue destroys its AsyncResource', async (Pool) => {
  /** @type {number[]} */
  const initiated = [];
  const destroyed = new Set();
  const hook = createHook({
    init (id, type) { if (type === 'Piscina.Task') initiated.push(id); },
    destroy (id) { destroyed.add(id); }
  }).enable();
  const { board, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const controller = new AbortController();
  const held = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const aborted = [2, 3].map((id) => outcomeOf('the rejection of the aborted tasks', log(id, { signal: controller.signal })));
  controller.abort();
  await Promise.all(aborted);
  board.open(0);
  await settled('the end of the first task', held);
  await turns();
  hook.disable();
  assert.equal(initiated.length, 3);
  assert.deepEqual(initiated.map((id) => destroyed.has(id)), [true, true, true], 'it is left undestroyed');
});

row(23, 'a task that is aborted in the queue is counted as completed', async (Pool) => {
  const { board, pool, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const controller = new AbortController();
  const held = hold(1, 0);
  await board.logged(1, 'the start of the first task');
  const aborted = [2, 3].map((id) => outcomeOf('the rejection of the aborted tasks', log(id, { signal: controller.signal })));
  controller.abort();
  await Promise.all(aborted);
  board.open(0);
  await settled('the end of the first task', held);
  await turns();
  assert.equal(pool.completed, 3, `${pool.completed} of 3 tasks are counted`);
});
