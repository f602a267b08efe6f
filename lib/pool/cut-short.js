'use strict';

const { AbortError } = require('../abort');
const { UnderWay } = require('../under-way');

/**
 * The calls of `run()` that are under way, by their tasks. Where one is cut short, a task is in the books that nobody has
 * handed over, and marks say that something is under way which is not: all of that is undone.
 *
 * @extends {UnderWay<import('./task').Task>}
 */
class CutShort extends UnderWay {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    super((tasks) => this.undo(tasks));
    this.pool = pool;
  }

  /** To be called where nothing can be under way: undoes what was begun and not ended. */
  heal () {
    this.undo(this.take());
  }

  /** @param {import('./task').Task[]} tasks */
  undo (tasks) {
    const { pool } = this;
    const { crew, scheduler } = pool;
    if (tasks.length === 0 && !crew.isCutShort && !scheduler.isCutShort) return;
    pool.submission.writing = false;
    for (const task of tasks) this.withdraw(task);
    crew.undo();
    scheduler.undo();
    // One may have been chosen, and never woken.
    for (const handle of crew.handles) handle.wakeAnyhow();
    pool.poller.begin();
  }

  /**
   * Nobody has the promise of this task: its `run()` has never returned.
   *
   * @param {import('./task').Task} task
   */
  withdraw (task) {
    if (task.index < 0) return;
    const worker = task.extra?.worker;
    // It may have the ticket, and not the value.
    worker?.cancel({ index: task.index, seq: task.seq });
    worker?.directed.delete(task);
    this.pool.settlement.leave(task, true, new AbortError('run() was cut short'));
  }
}

module.exports = { CutShort };
