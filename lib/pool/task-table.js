'use strict';

/**
 * The unsettled tasks of a pool. The native side knows a task by its index here and by a sequence number, which
 * together never mean two tasks.
 */
class TaskTable {
  constructor () {
    /** @type {(import('./task').Task | undefined)[]} */
    this.tasks = [];
    /** @type {number[]} Indices that are free. */
    this.free = [];
    this.seq = 0;
    /** How many tasks are unsettled. */
    this.size = 0;
  }

  /** @param {import('./task').Task} task */
  add (task) {
    const index = this.free.length > 0 ? /** @type {number} */ (this.free.pop()) : this.tasks.length;
    this.seq = (this.seq + 1) >>> 0;
    task.index = index;
    task.seq = this.seq;
    this.tasks[index] = task;
    this.size++;
  }

  /**
   * @param {number} index
   * @param {number} seq
   * @returns {import('./task').Task | undefined} undefined when the task was settled before
   */
  get (index, seq) {
    const task = this.tasks[index];
    return task !== undefined && task.seq === seq ? task : undefined;
  }

  /** @param {import('./task').Task} task */
  remove (task) {
    this.tasks[task.index] = undefined;
    this.free.push(task.index);
    task.index = -1;
    if (--this.size === 0 && this.tasks.length > 4096) {
      // A burst is over: its table need not stay.
      this.tasks = [];
      this.free = [];
    }
  }

  /** @returns {import('./task').Task[]} all tasks, in the order of their submission */
  all () {
    const tasks = /** @type {import('./task').Task[]} */ (this.tasks.filter((task) => task !== undefined));
    // The numbers wrap, so the oldest is the one that is the furthest behind.
    const age = (/** @type {import('./task').Task} */ task) => (this.seq - task.seq) >>> 0;
    return tasks.sort((a, b) => age(b) - age(a));
  }
}

module.exports = { TaskTable };
