'use strict';

/**
 * Numbers that only their seed decides (mulberry32).
 */
class Random {
  /** @param {number} seed a whole number */
  constructor (seed) {
    this.state = seed >>> 0;
  }

  /** @returns {number} a whole number of 32 bits */
  next () {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** @returns {number} from 0 to 1, without 1 */
  fraction () {
    return this.next() / 2 ** 32;
  }

  /**
   * @param {number} limit
   * @returns {number} a whole number from 0 to limit - 1
   */
  below (limit) {
    return Math.floor(this.fraction() * limit);
  }

  /** @param {number} probability */
  chance (probability) {
    return this.fraction() < probability;
  }

  /**
   * @template T
   * @param {readonly T[]} list
   * @returns {T}
   */
  pick (list) {
    return list[this.below(list.length)];
  }

  /**
   * @template {{ weight: number }} T
   * @param {readonly T[]} list
   * @returns {T} one of them, as often as its weight says
   */
  weighted (list) {
    let left = this.fraction() * list.reduce((sum, { weight }) => sum + weight, 0);
    return list.find(({ weight }) => (left -= weight) < 0) ?? list[list.length - 1];
  }
}

module.exports = { Random };
