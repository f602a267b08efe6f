'use strict';

const { readRecords } = require('../protocol/record');
const { flags: { PORT } } = require('../protocol/tables');

/**
 * A record that a worker was given and has not taken before it ended.
 *
 * @typedef {{ task: import('./task').Task, record: import('../protocol/record').Record, isPort: boolean }} Untaken
 */

/**
 * Lets tasks wait again, before all others, that a worker was given and has not taken. What was only on its way to a
 * worker is not lost with it.
 *
 * @param {import('./thread-pool').ThreadPool} pool
 * @param {Uint8Array} records oldest first
 * @returns {import('./task').Task[]} those whose value was sent to the worker and is gone
 */
function takeBack (pool, records) {
  /** @type {Untaken[]} */
  const kept = [];
  const lost = [];
  for (const untaken of read(pool, records)) {
    // A pool that ends settles all that its table holds.
    if (pool.destroying || (untaken.isPort && untaken.task.extra?.parcel == null)) lost.push(untaken.task);
    else kept.push(untaken);
  }
  // The last one first, since each goes to the front.
  for (const { task, record, isPort } of kept.reverse()) {
    task.more.worker = null;
    pool.scheduler.takeBack(task, record, isPort);
  }
  return lost;
}

/**
 * The records of unsettled tasks.
 *
 * @param {import('./thread-pool').ThreadPool} pool
 * @param {Uint8Array} records
 * @returns {Generator<Untaken>}
 */
function * read (pool, records) {
  for (const record of readRecords(records)) {
    const task = pool.table.get(record.index, record.seq);
    if (task !== undefined) yield { task, record, isPort: (record.flags & PORT) !== 0 };
  }
}

module.exports = { takeBack };
