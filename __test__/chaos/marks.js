'use strict';

/**
 * What workers write down of the tasks that they start, in memory that outlives them: how often, in which order, and in
 * which thread. The oracle reads it.
 */
const HEAD = 1;
const EACH = 3;

class Marks {
  /** @param {SharedArrayBuffer} memory */
  constructor (memory) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.capacity = Math.floor((this.words.length - HEAD) / EACH);
  }

  /** @param {number} tasks */
  static forTasks (tasks) {
    return new Marks(new SharedArrayBuffer((HEAD + tasks * EACH) * 4));
  }

  /**
   * A task starts in this thread.
   *
   * @param {number} id
   * @param {number} thread
   */
  start (id, thread) {
    if (id < 0 || id >= this.capacity) return;
    const at = HEAD + id * EACH;
    const order = Atomics.add(this.words, 0, 1);
    Atomics.store(this.words, at + 1, order);
    Atomics.store(this.words, at + 2, thread);
    Atomics.add(this.words, at, 1);
  }

  /** @param {number} id */
  starts (id) {
    return Atomics.load(this.words, HEAD + id * EACH);
  }

  /** @param {number} id */
  order (id) {
    return Atomics.load(this.words, HEAD + id * EACH + 1);
  }

  /** @param {number} id */
  thread (id) {
    return Atomics.load(this.words, HEAD + id * EACH + 2);
  }
}

module.exports = { Marks };
