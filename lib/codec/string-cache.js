'use strict';

const { Buffer, uncurryThis } = require('../host');
const { keys } = require('./primordials.js');

const latin1Slice = uncurryThis(Buffer.prototype.latin1Slice);

/** How many strings are kept; a power of two. */
const SLOTS = 2048;

/** Longer strings are not kept. */
const WIDTH_BITS = 5;
const WIDTH = 1 << WIDTH_BITS;

/**
 * Gives the decoder the short strings that messages repeat, without creating them each time: creating a string in V8 costs
 * more than comparing its bytes with a cached one, and the garbage collector never sees a second copy.
 *
 * Strings are slots of flat arrays of a fixed size, found by a hash of their bytes. A string is kept when it is met for
 * the second time in a row at its slot, so strings that come only once (ids, names of a dictionary) cost little. Rarely
 * used strings are overwritten, and the cache does not grow with the messages.
 */
class StringCache {
  constructor () {
    /** By slot. Slot 0 stands for "none": its length matches no string. */
    this.lengths = new Uint8Array(SLOTS);
    this.characters = new Uint8Array(SLOTS << WIDTH_BITS);
    /** The hash of the string that was met last at a slot. */
    this.hashes = new Int32Array(SLOTS);
    /** @type {string[]} */
    this.strings = new Array(SLOTS).fill('');
  }

  /**
   * @param {number} slot
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} length
   * @returns {boolean} whether the slot holds the string that these bytes spell
   */
  holds (slot, bytes, start, length) {
    if (this.lengths[slot] !== length) return false;
    const { characters } = this;
    const first = slot << WIDTH_BITS;
    for (let i = 0; i < length; i++) {
      if (characters[first + i] !== bytes[start + i]) return false;
    }
    return true;
  }

  /**
   * As `find`, but tries first what came at the same place the last time: that needs no hash.
   *
   * @param {Uint16Array} guesses slots by what they come after; kept up to date
   * @param {number} before
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} length
   * @returns {number}
   */
  findAfter (guesses, before, bytes, start, length) {
    const guess = guesses[before];
    if (this.holds(guess, bytes, start, length)) return guess;
    const slot = this.find(bytes, start, length);
    guesses[before] = slot;
    return slot;
  }

  /**
   * @param {Uint8Array} bytes latin1 from `start` on
   * @param {number} start
   * @param {number} length 1 to WIDTH
   * @returns {number} the slot, or 0 where the string is not kept
   */
  find (bytes, start, length) {
    let hash = length;
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[start + i]) | 0;
    const slot = ((hash ^ (hash >>> 15)) & (SLOTS - 1)) || 1;
    if (this.holds(slot, bytes, start, length)) return slot;
    if (this.hashes[slot] !== hash) {
      this.hashes[slot] = hash;
      return 0;
    }
    const first = slot << WIDTH_BITS;
    for (let i = 0; i < length; i++) this.characters[first + i] = bytes[start + i];
    this.lengths[slot] = length;
    // The name of a property is the one string of its kind that V8 has: with any other it searches for that first.
    this.strings[slot] = keys({ [latin1Slice(bytes, start, start + length)]: 0 })[0];
    return slot;
  }
}

module.exports = { SLOTS, WIDTH, StringCache };
