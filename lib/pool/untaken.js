'use strict';

const { decode } = require('../codec/decode');
const { flags: FLAGS, HEADER } = require('./layout');

const { PORT } = FLAGS;

/**
 * A record that a worker was given and has not taken before it ended.
 *
 * @typedef {{ task: import('./task').Task, bytes: Uint8Array, isPort: boolean }} Untaken
 */

/**
 * Lets tasks wait again, before all others, that a worker was given and has not taken. What was only on its way to a
 * worker is not lost with it.
 *
 * @param {import('./thread-pool').ThreadPool} pool
 * @param {Uint8Array} records oldest first; their layout stands in src/scheduler/task.rs
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
  for (const { task, bytes, isPort } of kept.reverse()) {
    const { more } = task;
    more.worker = null;
    if (pool.director === null) pool.native.restore(bytes);
    else pool.director.takeBack(task, isPort && more.parcel ? more.parcel : { value: decode(bytes, HEADER, bytes.length) });
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
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  for (let at = 0; at < records.length;) {
    const size = view.getUint32(at, true);
    const task = pool.table.get(view.getUint32(at + 4, true), view.getUint32(at + 8, true));
    const isPort = (view.getUint8(at + 15) & PORT) !== 0;
    if (task !== undefined) yield { task, bytes: records.subarray(at, at + size), isPort };
    at = (at + size + 7) & ~7;
  }
}

module.exports = { takeBack };
