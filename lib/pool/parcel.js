'use strict';

const { types } = require('node:util');

/**
 * A value that waits on the main thread for the worker it is posted to, and what is transferred with it.
 *
 * @typedef {{ value: any, transferList: any[] }} Parcel
 */

/**
 * Takes a value as it is at this moment: what its owner does to it later does not reach the worker. What is to be
 * transferred leaves its owner now.
 *
 * @param {any} value
 * @param {any[]} transferList
 * @returns {Parcel}
 */
function wrap (value, transferList) {
  const [copy, moved] = structuredClone([value, transferList], { transfer: transferList });
  return { value: copy, transferList: transferList.length > 0 ? moved : ownedMemory(copy) };
}

/**
 * The memory of a private copy that can be moved instead of copied once more.
 *
 * @param {any} copy
 * @returns {ArrayBuffer[]}
 */
function ownedMemory (copy) {
  const buffer = ArrayBuffer.isView(copy) ? copy.buffer : copy;
  return types.isArrayBuffer(buffer) ? [buffer] : [];
}

module.exports = { wrap };
