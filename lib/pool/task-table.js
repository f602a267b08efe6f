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
    /** Of the task that came last. */
    this.seq = 0;
    /** How many tasks are unsettled. */
    this.size = 0;
  }

  /** @param {import('./task').Task} task */
  add (task) {
    const index = this.free.length > 0 ? /** @type {number} */ (this.free.pop()) : this.tasks.length;
    const seq = ++this.seq;
    task.index = index;
    task.seqLow = seq | 0;
    task.seqHigh = (seq / 2 ** 32) | 0;
    this.tasks[index] = task;
    this.size++;
  }

  /**
   * @param {number} index
   * @param {number} seq
   * @returns {import('./task').Task | undefined} undefined when the task was settled before
   */
  get (index, seq) {
    return this.find(index, seq | 0, (seq / 2 ** 32) | 0);
  }

  /**
   * As `get`, by the two halves of the sequence number.
   *
   * @param {number} index
   * @param {number} seqLow
   * @param {number} seqHigh
   * @returns {import('./task').Task | undefined}
   */
  find (index, seqLow, seqHigh) {
    const task = this.tasks[index];
    return task !== undefined && task.seqLow === seqLow && task.seqHigh === seqHigh ? task : undefined;
  }

  /**
   * The unsettled tasks of native ids: index, sequence number, index, …
   *
   * @param {number[]} ids
   * @returns {import('./task').Task[]}
   */
  tasksOf (ids) {
    const tasks = [];
    for (let at = 0; at < ids.length; at += 2) {
      const task = this.get(ids[at], ids[at + 1]);
      if (task !== undefined) tasks.push(task);
    }
    return tasks;
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
    return tasks.sort((a, b) => a.seq - b.seq);
  }
}

module.exports = { TaskTable };
