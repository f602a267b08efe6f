'use strict';

const assert = require('node:assert/strict');
const { boardPool } = require('./support/board-pool.js');
const { rowsOf } = require('./support/row.js');
const { settled, turns } = require('./support/settle.js');

const row = rowsOf(__filename);

/**
 * Fills a pool of one worker twice and counts its events.
 *
 * @param {any} Pool
 * @param {object} runOptions
 */
async function countEvents (Pool, runOptions) {
  const { board, pool, log, hold } = boardPool(Pool, { maxThreads: 1 });
  const events = { needsDrain: 0, drain: 0 };
  pool.on('needsDrain', () => { events.needsDrain++; });
  pool.on('drain', () => { events.drain++; });
  const seen = [];
  for (const gate of [0, 1]) {
    const held = hold(0, gate, runOptions);
    await board.logged(gate * 6 + 1, 'the start of the first task');
    const queued = [];
    for (let id = 1; id <= 5; id++) {
      queued.push(log(id, runOptions));
      await turns(2);
    }
    const full = pool.needsDrain;
    board.open(gate);
    await settled('the end of the tasks', Promise.all([held, ...queued]));
    await turns();
    seen.push({ ...events, full, after: pool.needsDrain });
  }
  return seen;
}

const expected = [
  { needsDrain: 1, drain: 1, full: true, after: false },
  { needsDrain: 2, drain: 2, full: true, after: false }
];

row(16, 'needsDrain and drain fire once each time that the pool fills and empties', async (Pool) => {
  const seen = await countEvents(Pool, {});
  assert.ok(seen[0].needsDrain <= 1, 'needsDrain fires again and again');
  assert.deepEqual(seen, expected);
});

row(16, 'needsDrain and drain fire for tasks that have a signal', async (Pool) => {
  const seen = await countEvents(Pool, { signal: new AbortController().signal });
  assert.ok(seen[0].needsDrain >= 1, 'needsDrain never fires');
  assert.deepEqual(seen, expected);
});
