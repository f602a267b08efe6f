'use strict';

/**
 * Keeps the newest items.
 *
 * @template T
 */
class Ring {
  /** @param {number} limit how many */
  constructor (limit) {
    this.limit = limit;
    /** @type {T[]} */
    this.items = [];
    this.next = 0;
    /** How many had to go for newer ones. */
    this.lost = 0;
  }

  /** @param {T} item */
  push (item) {
    if (this.items.length < this.limit) {
      this.items.push(item);
      return;
    }
    this.items[this.next] = item;
    this.next = (this.next + 1) % this.limit;
    this.lost++;
  }

  /** @returns {T[]} the oldest first */
  all () {
    return [...this.items.slice(this.next), ...this.items.slice(0, this.next)];
  }
}

module.exports = { Ring };
