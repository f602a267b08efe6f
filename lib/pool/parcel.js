'use strict';

const { types } = require('node:util');

const { isView, keys, isArray, mapForEach, setForEach } = require('../codec/primordials');
const { structuredClone } = require('../host');

/**
 * A value that waits on the main thread for the worker it is posted to, and what is transferred with it.
 *
 * @typedef {{ value: any, transferList: any[], size: number }} Parcel
 */

/** Parts of a value that are looked at to find its size. A copy takes longer than that many looks. */
const LOOKS = 2_000;

/** Bytes of an element of an array, or of a property. */
const PART = 8;

/**
 * The values that wait on the main thread, each a snapshot of its own: how much memory they hold.
 */
class Snapshots {
  constructor () {
    this.bytes = 0;
  }

  /**
   * Takes a value as it is at this moment, for a task that has to wait: what its owner does to it later does not reach
   * the worker. What is to be transferred leaves its owner now.
   *
   * @param {import('./task').Task} task
   * @param {any} value
   * @param {any[]} transferList
   * @returns {Parcel}
   */
  take (task, value, transferList) {
    const [copy, moved] = structuredClone([value, transferList], { transfer: transferList });
    const parcel = {
      value: copy,
      transferList: transferList.length > 0 ? moved : ownedMemory(copy),
      // A getter of the value may have aborted the task: then nobody waits.
      size: task.index < 0 ? 0 : sizeOf([copy, moved])
    };
    this.bytes += parcel.size;
    task.more.parcel = parcel;
    return parcel;
  }

  /**
   * The value of a task waits no more.
   *
   * @param {import('./task').TaskExtra} extra
   */
  drop (extra) {
    if (extra.parcel === null) return;
    this.bytes -= extra.parcel.size;
    extra.parcel = null;
  }
}

/**
 * The memory of a private copy that can be moved instead of copied once more.
 *
 * @param {any} copy
 * @returns {ArrayBuffer[]}
 */
function ownedMemory (copy) {
  const buffer = isView(copy) ? copy.buffer : copy;
  return types.isArrayBuffer(buffer) ? [buffer] : [];
}

/**
 * The memory of a private copy, about: that of its buffers, a byte for each character, and as much for each element
 * and property as a pointer takes. Memory that is shared is nobody's copy. Of a value with very many parts it is that
 * of the first ones.
 *
 * @param {any} copy that has no getters
 * @returns {number} bytes
 */
function sizeOf (copy) {
  let size = 0;
  const seen = new Set();
  const rest = [copy];
  const visit = (/** @type {any} */ part) => { if (rest.length < LOOKS) rest.push(part); };
  // The parts that are found are looked at in turn.
  for (let looks = 0; looks < rest.length; looks++) {
    const part = rest[looks];
    if (typeof part === 'string') size += part.length;
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (isView(part)) {
      visit(part.buffer);
    } else if (types.isArrayBuffer(part)) {
      size += part.byteLength;
    } else if (isArray(part)) {
      size += part.length * PART;
      for (let index = 0; index < part.length && rest.length < LOOKS; index++) visit(part[index]);
    } else if (types.isMap(part)) {
      size += part.size * 2 * PART;
      mapForEach(part, (/** @type {any} */ value, /** @type {any} */ key) => { visit(key); visit(value); });
    } else if (types.isSet(part)) {
      size += part.size * PART;
      setForEach(part, visit);
    } else {
      const names = keys(part);
      size += names.length * PART;
      for (let index = 0; index < names.length && rest.length < LOOKS; index++) visit(part[names[index]]);
    }
  }
  return size;
}

module.exports = { Snapshots };
