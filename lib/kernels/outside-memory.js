'use strict';

const { adjustExternalMemory } = require('../binding');

/**
 * V8 counts the memory of ArrayBuffers, and begins a full garbage collection once the count has grown by more than this
 * since it was lowest (`kExternalAllocationSoftLimit` in V8's src/heap/heap.h).
 */
const GROWTH = 64 * 2 ** 20;

/** As much of it is left to what the program itself allocates between two collections. */
const ROOM = GROWTH / 2;

/** Below that much, a transfer costs V8's patience so little that the count is not worth three calls. */
const NOTABLE = 2 ** 20;

/**
 * Keeps a transfer from looking like memory that is freed and allocated again.
 *
 * To V8 it is just that: for a moment the count is lower by what is transferred, which makes that the lowest, and the
 * growth starts from there. After 64 MiB nothing is left of it: the next kilobyte that anybody allocates begins a
 * collection, and so it goes with every transfer. But the memory has been there all the time. So the count is raised
 * before, by as much as is sure not to begin a collection by itself, and lowered again afterwards.
 *
 * A transfer of more than 64 MiB begins a collection all the same.
 */
class OutsideMemory {
  /** @param {(bytes: number) => number} adjust adds to V8's count, and tells what it is then */
  constructor (adjust) {
    this.adjust = adjust;
    /** The count that V8 lets pass for sure: it has been as high when it was this, less GROWTH, at the lowest. */
    this.ceiling = -Infinity;
    /** By so much the count is raised. What ends a script in the middle, such as the `timeout` of `vm`, leaves it so. */
    this.raise = 0;
  }

  /**
   * @template T
   * @param {number} bytes that are transferred
   * @param {() => T} transfer
   * @returns {T}
   */
  during (bytes, transfer) {
    if (bytes < NOTABLE) return transfer();
    const count = this.adjust(-this.raise);
    // Above the ceiling V8 has begun a collection, which moves its limit. Far below it much was freed since: the limit
    // may have moved down along with the count.
    if (count > this.ceiling || count + ROOM < this.ceiling) this.ceiling = count + ROOM;
    this.raise = this.ceiling - count;
    this.adjust(this.raise);
    try {
      return transfer();
    } finally {
      // Garbage that was freed meanwhile has made the lowest count still lower.
      this.ceiling = Math.min(this.ceiling, this.adjust(-this.raise) + this.raise);
      this.raise = 0;
    }
  }
}

const outsideMemory = new OutsideMemory(adjustExternalMemory);

module.exports = { OutsideMemory, outsideMemory };
