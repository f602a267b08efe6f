'use strict';

const { Deadline } = require('../deadline');
const errors = require('../errors');
const { follow, Promise, queueMicrotask } = require('../host');

/**
 * The ends of a pool: at once, or once its tasks are done. It may be used again after either.
 *
 * @typedef {import('./thread-pool').ThreadPool} ThreadPool
 */

/**
 * Ends all workers and rejects all tasks. Whoever asks while that is under way waits for the same end.
 *
 * @param {ThreadPool} pool
 * @returns {Promise<void>} fulfilled when the threads are gone
 */
function destroy (pool) {
  if (pool.ending !== null) return pool.ending;
  /** @type {((value: any) => void)[]} */
  let settle = [];
  const ending = new Promise((...functions) => { settle = functions; });
  // A script may be cut short in the midst of this (cut-short.js). Then a microtask begins once more.
  let hasBegun = false;
  queueMicrotask(() => { if (!hasBegun) begin(); });
  function begin () {
    const ended = end(pool, ending);
    hasBegun = true;
    follow(ended, settle[0], settle[1]);
  }
  begin();
  return ending;
}

/**
 * @param {ThreadPool} pool
 * @param {Promise<void>} ending
 */
async function end (pool, ending) {
  // Kept before anything ends: a listener for 'workerDestroy' may come here again.
  pool.ending = ending;
  pool.destroying = true;
  pool.scheduler.stop();
  pool.drain();
  pool.scheduler.takeWaiting(0);
  const ended = pool.crew.terminateAll();
  const kernels = [];
  for (const task of pool.table.all()) {
    // A kernel ends by itself, some milliseconds after it was told to, and gives the memory back with the error.
    if (task.extra?.cancel) {
      kernels.push(task.extra.cancel());
    } else {
      pool.settlement.finish(task, true, errors.threadTermination());
    }
  }
  await ended;
  for (const kernel of kernels) await kernel;
  pool.keepAlive.dispose();
  pool.destroying = false;
  pool.ending = null;
}

/**
 * Waits until all tasks are settled, for `closeTimeout` at most, and then ends the workers.
 *
 * @param {ThreadPool} pool
 * @param {{ force: boolean }} options `force` rejects what has not started
 */
function close (pool, { force }) {
  const closed = settle(pool, force);
  pool.closing = true;
  return closed;
}

/**
 * @param {ThreadPool} pool
 * @param {boolean} force
 */
async function settle (pool, force) {
  // A script that is cut short in `close()` has not begun with it, or all of it is done.
  await null;
  pool.closing = true;
  if (force) {
    // What a free worker is about to take counts as started.
    const kept = Math.max(pool.submission.waiting - pool.native.queued, 0);
    for (const task of pool.scheduler.takeWaiting(kept)) pool.settlement.finish(task, true, new errors.AbortError('pool is closed'));
  }
  try {
    if (!await emptied(pool)) pool.face.emit('error', errors.closeTimeout());
  } finally {
    await destroy(pool);
    try {
      pool.face.emit('close');
    } finally {
      pool.closing = false;
    }
  }
}

/**
 * @param {ThreadPool} pool
 * @returns {Promise<boolean>} whether all tasks were settled within `closeTimeout`
 */
function emptied (pool) {
  return new Promise((resolve) => {
    if (pool.table.size === 0) {
      resolve(true);
      return;
    }
    const limit = new Deadline(pool.options.closeTimeout, () => pool.drain(), () => resolve(false));
    pool.settlement.whenEmpty.push(() => {
      limit.stop();
      resolve(true);
    });
  });
}

module.exports = { close, destroy };
