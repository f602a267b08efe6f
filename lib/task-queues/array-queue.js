'use strict';

/** The plainest task queue: an array. Good for short queues, and to derive a queue of one's own from. */
class ArrayTaskQueue {
  constructor () {
    /** @type {any[]} The waiting tasks, the next one first. */
    this.tasks = [];
  }

  /** How many tasks wait. */
  get size () {
    return this.tasks.length;
  }

  /** Takes the first task; null when there is none. */
  shift () {
    return this.tasks.shift() ?? null;
  }

  /** @param {any} task */
  push (task) {
    this.tasks.push(task);
  }

  /** @param {any} task */
  unshift (task) {
    this.tasks.unshift(task);
  }

  /**
   * Forgets a task. One that is not here is no fault: an abort can come when the pool has just taken the task out.
   *
   * @param {any} task
   */
  remove (task) {
    const index = this.tasks.indexOf(task);
    if (index !== -1) this.tasks.splice(index, 1);
  }
}

module.exports = { ArrayTaskQueue };
