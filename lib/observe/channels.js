'use strict';

const { channel, tracingChannel } = require('node:diagnostics_channel');

/**
 * What other tools can subscribe to, by `node:diagnostics_channel`; docs/observing.md says what the messages hold. The
 * channels are held here: Node forgets one that nobody holds.
 */
const task = tracingChannel('rockpool.task');

const { start, end, asyncStart, asyncEnd, error } = task;

/**
 * Whether anybody wants to hear of tasks. Asked for each, so it must cost nothing: Node changes the prototype of a
 * channel that is subscribed to, so each of these is a constant behind a check that the engine makes once. The property
 * `hasSubscribers` of the whole is missing in Node before 20.13.
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
