'use strict';

const { AbortError } = require('../abort');
const { queueMicrotask } = require('../host');

/**
 * V8 can end a script wherever it calls a function or goes back in a loop, and then neither `catch` nor `finally` runs:
 * `vm` does so to a script that takes longer than its `timeout`. If the script was in `run()` just then, a task is in the
 * books that nobody has handed over, and marks say that something is under way which is not.
 *
 * So each `run()` leaves a trace while it is under way. Whoever comes upon the trace of another has either been called
 * by a getter of its value, or that one was cut short. A microtask tells: none runs before the stack is empty, and then
 * nothing can be under way.
 */
class CutShort {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    /** @type {import('./task').Task | null} The one whose `run()` is under way. */
    this.task = null;
    /**
     * @type {import('./task').Task[]} Those around it, of whose values getters were called. Not all in one list: an array
     * that gets its first element and loses it costs more than the rest of this.
     */
    this.outer = [];
    this.isPlanned = false;
    this.heal = this.heal.bind(this);
  }

  /** @param {import('./task').Task} task whose `run()` begins */
  begin (task) {
    if (this.task !== null) this.nest(this.task);
    this.task = task;
  }

  /** @param {import('./task').Task} outer */
  nest (outer) {
    this.plan();
    this.outer.push(outer);
  }

  /** @param {import('./task').Task} task whose `run()` is over */
  end (task) {
    if (this.task === task) this.task = this.outer.length === 0 ? null : this.outer.pop() ?? null;
    // One that its value's getter began was cut short.
    else this.outer.splice(this.outer.indexOf(task), 1);
  }

  /** Looks once the stack is empty. */
  plan () {
    if (this.isPlanned) return;
    queueMicrotask(this.heal);
    this.isPlanned = true;
  }

  /** To be called where nothing can be under way: undoes what was begun and not ended. */
  heal () {
    this.isPlanned = false;
    const { outer, pool, task } = this;
    const { crew, director } = pool;
    if (task === null && !crew.isCutShort && !director?.isCutShort) return;
    pool.staging.writing = false;
    this.task = null;
    for (const cut of [...outer.splice(0), task]) this.withdraw(cut);
    crew.undo();
    director?.goOn();
    pool.submitPostponed();
    // One may have been chosen, and never woken.
    for (const handle of crew.handles) handle.wakeAnyhow();
    pool.poller.begin();
  }

  /**
   * Nobody has the promise of this task: its `run()` has never returned.
   *
   * @param {import('./task').Task | null} task
   */
  withdraw (task) {
    if (task === null || task.index < 0) return;
    const worker = task.extra?.worker;
    // It may have the ticket, and not the value.
    worker?.cancel({ index: task.index, seq: task.seq });
    worker?.directed.delete(task);
    this.pool.leave(task, true, new AbortError('run() was cut short'));
  }
}

module.exports = { CutShort };
