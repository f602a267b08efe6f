'use strict';

const { deprecate } = require('node:util');

const warn = deprecate(() => {},
  'runTask() is deprecated, piscina 5 has it not any more. Use run(task, { transferList, filename, signal }).', 'ROCKPOOL_DEP0001');

/**
 * The options of `run()` for the arguments of `runTask(task, transferList, filename, signal)`, as piscina had it up to
 * version 4. Each of them may be left out, and the next takes its place.
 *
 * @param {any[]} args those after the task
 */
function toRunOptions ([transferList, filename, signal]) {
  warn();
  if (isObject(transferList) || typeof transferList === 'string') {
    [transferList, filename, signal] = [undefined, transferList, filename];
  }
  if (isObject(filename)) [filename, signal] = [undefined, filename];
  return { transferList, filename: filename || null, name: 'default', signal: signal || null };
}

/**
 * Null too.
 *
 * @param {unknown} value
 */
function isObject (value) {
  return typeof value === 'object' && !Array.isArray(value);
}

module.exports = { toRunOptions };
