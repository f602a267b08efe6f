'use strict';

// The worker file of the plans: marks that a task starts, and does what its fate says.

const { threadId, workerData } = require('node:worker_threads');

const { move, transferableSymbol, valueSymbol } = require('../../..');
const { byName } = require('../fates');
const { Marks } = require('../marks');

const marks = new Marks(workerData.marks);

/** @param {string} via the name of the export */
const handlerOf = (via) => ({ id, fate, value, back, port }) => {
  marks.start(id, threadId);
  if (port !== undefined) {
    port.postMessage(id);
    port.close();
  }
  let answer = { id, via, value };
  if (back === 'moved') answer = moved(answer, [value.buffer]);
  return fate === undefined ? answer : byName.get(fate.name).run(fate, answer);
};

/**
 * @param {any} value
 * @param {any[]} transferList
 */
function moved (value, transferList) {
  return move({ id: value.id, [transferableSymbol]: transferList, [valueSymbol]: value });
}

module.exports = handlerOf('default');
module.exports.other = handlerOf('other');
