'use strict';

const { ArrayTaskQueue } = require('./array-queue');
const { FixedQueue } = require('./fixed-queue');

/**
 * The interface of a custom queue. `unshift` is optional.
 *
 * @typedef {object} TaskQueue
 * @property {number} size How many tasks wait.
 * @property {() => object | null} shift Takes the task to run next; null when none is to run now.
 * @property {(task: any) => void} push Takes in a new task.
 * @property {(task: any) => void} remove Forgets a task that was aborted.
 * @property {(task: any) => void} [unshift] Takes back a task that could not be placed, to be the next one.
 */

/**
 * @param {any} value
 * @returns {value is TaskQueue}
 */
function isTaskQueue (value) {
  return typeof value === 'object' && value !== null && 'size' in value &&
    typeof value.shift === 'function' &&
    typeof value.remove === 'function' &&
    typeof value.push === 'function';
}

module.exports = { ArrayTaskQueue, FixedQueue, isTaskQueue };
