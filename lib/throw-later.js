'use strict';

const { queueMicrotask } = require('./host');

/**
 * Makes what code of the user's has thrown (a listener, a signal, a task queue) an uncaught exception, after the work
 * that it was called from: the user is told, and no task is lost by it.
 *
 * @param {unknown} error
 */
function throwLater (error) {
  queueMicrotask(() => { throw error; });
}

module.exports = { throwLater };
