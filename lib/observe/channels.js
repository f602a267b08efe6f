'use strict';

const { channel, tracingChannel } = require('node:diagnostics_channel');

/**
 * The channels of `node:diagnostics_channel`; docs/observing.md describes their messages. They are referenced here,
 * because Node drops channels without a reference.
 */
const task = tracingChannel('rockpool.task');

const { start, end, asyncStart, asyncEnd, error } = task;

/**
 * Whether the channels of tasks have subscribers. Checked for each task, so it must cost nothing: Node changes the
 * prototype of a channel with subscribers, so each of these is a constant behind a check that the engine makes once. The
 * property `hasSubscribers` of the tracing channel is missing in Node before 20.13.
 */
function isTaskObserved () {
  return start.hasSubscribers || end.hasSubscribers || asyncStart.hasSubscribers || asyncEnd.hasSubscribers ||
    error.hasSubscribers;
}

const events = Object.freeze({
  /** A pool was made. */
  poolCreate: channel('rockpool.pool.create'),
  /** It is full, and has room again. */
  needsDrain: channel('rockpool.pool.needsDrain'),
  drain: channel('rockpool.pool.drain'),
  /** A Worker was made, has loaded its file, has ended. */
  workerCreate: channel('rockpool.worker.create'),
  workerReady: channel('rockpool.worker.ready'),
  workerExit: channel('rockpool.worker.exit')
});

module.exports = { events, isTaskObserved, task };
