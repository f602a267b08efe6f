'use strict';

const { uncurryThis } = require('./primordials.js');

const latin1Slice = uncurryThis(Buffer.prototype.latin1Slice);

/**
 * Gives the decoder its property names without making a string each time.
 *
 * Messages repeat few names, mostly in the same order: so each name remembers
 * which one came after it, and which one came first in the object that was its
 * value. The guess is compared with the bytes; only where it is wrong is a hash
 * worked out. Names are slots of flat arrays of a fixed size: what is seldom
 * used is overwritten, and nothing grows with what a message holds.
 */

/** Slot 0 stands for "none"; its length matches no name. */
const SLOTS = 2048;

/** Longer names are not kept. */
const WIDTH_BITS = 5;
const WIDTH = 1 << WIDTH_BITS;

const lengths = new Uint8Array(SLOTS);
const characters = new Uint8Array(SLOTS << WIDTH_BITS);
/** @type {string[]} */
const names = new Array(SLOTS).fill('');

/** The slot of the name that followed a slot's name in its object; [0] is for the first of all. */
const next = new Uint16Array(SLOTS);

/** The slot of the first name of the object that was the value of a slot's name. */
const inner = new Uint16Array(SLOTS);

/**
 * @param {number} slot
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} length
 * @returns {boolean} whether the slot holds the name that these bytes spell
 */
function holds(slot, bytes, start, length) {
  if (lengths[slot] !== length) return false;
  const first = slot << WIDTH_BITS;
  for (let i = 0; i < length; i++) {
    if (characters[first + i] !== bytes[start + i]) return false;
  }
  return true;
}

/**
 * @param {Uint8Array} bytes latin1 from `start` on
 * @param {number} start
 * @param {number} length 1 to WIDTH
 * @returns {number} the slot
 */
function find(bytes, start, length) {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[start + i]) | 0;
  hash ^= hash >>> 15;
  const slot = (hash & (SLOTS - 1)) || 1;
  if (holds(slot, bytes, start, length)) return slot;
  const name = latin1Slice(bytes, start, start + length);
  for (let i = 0; i < length; i++) characters[(slot << WIDTH_BITS) + i] = name.charCodeAt(i);
  lengths[slot] = length;
  names[slot] = name;
  return slot;
}

module.exports = { WIDTH, names, next, inner, holds, find };
