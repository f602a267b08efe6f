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
    /** @type {import('./task').Task[]} Those whose `run()` is under way, the outermost first. */
    this.entering = [];
    this.isPlanned = false;
    this.heal = this.heal.bind(this);
  }

  /** @param {import('./task').Task} task whose `run()` begins */
  begin (task) {
    if (this.entering.length > 0) this.plan();
    this.entering.push(task);
  }

  /** @param {import('./task').Task} task whose `run()` is over */
  end (task) {
    const { entering } = this;
    if (entering[entering.length - 1] === task) entering.pop();
    // One that its value's getter began was cut short.
    else entering.splice(entering.indexOf(task), 1);
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
    const { entering, pool } = this;
    const { crew, director } = pool;
    if (entering.length === 0 && !crew.isCutShort && !director?.isCutShort) return;
    pool.staging.writing = false;
    for (const task of entering.splice(0)) this.withdraw(task);
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
   * @param {import('./task').Task} task
   */
  withdraw (task) {
    if (task.index < 0) return;
    const worker = task.extra?.worker;
    // It may have the ticket, and not the value.
    worker?.cancel({ index: task.index, seq: task.seq });
    worker?.directed.delete(task);
    this.pool.leave(task, true, new AbortError('run() was cut short'));
  }
}

module.exports = { CutShort };
