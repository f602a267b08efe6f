'use strict';

const errors = require('../../errors');

/**
 * Makes room for one more task: starts a worker if none is free. Throws when the queue is full, or when no worker lives
 * and none can be started.
 *
 * @param {import('../thread-pool').ThreadPool} pool
 * @param {boolean} abortable
 */
function admit ({ concurrency, crew, cutShort, native, options, submission }, abortable) {
  if (crew.size >= options.maxThreads && options.maxQueue === Infinity) return;
  if (crew.isCutShort) cutShort.plan();
  // With workers that are shared it depends on who runs what: an abortable task needs one of its own.
  const waits = concurrency === 1 ? submission.room + crew.planned < 1 : native.wouldWait(abortable);
  if (!waits) return;
  if (crew.spare > 0 && !abortable) {
    crew.spare--;
    return;
  }
  if (crew.size < options.maxThreads && crew.growSoon()) return;
  if (native.queued >= options.maxQueue) {
    throw options.maxQueue === 0 ? errors.noTaskQueueAvailable() : errors.taskQueueAtLimit();
  }
}

module.exports = { admit };
