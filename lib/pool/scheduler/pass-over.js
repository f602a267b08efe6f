'use strict';

const { Atomics, setTimeout } = require('../../host');
const { words } = require('../../protocol/tables');

const { SLEEPING, TAKEN } = words;

/** Milliseconds: as short as a timer can be. Who is free to come comes much sooner. */
const PATIENCE = 1;

/**
 * Passes workers over that have been told of a task and do not come: a worker that waits in its event loop learns of it
 * when that loop turns, which code of the user's may hold up for as long as it likes. Nobody else would look meanwhile:
 * others that sleep were not told, and a task that is in a worker's inbox is that worker's.
 *
 * Nothing here is a judgement on the worker. It is passed over for this task, which is where any worker finds it, itself
 * included; so it does no harm if it was the main thread that was late, or the machine.
 */
class PassOver {
  /** @param {import('./native').NativeScheduler} scheduler */
  constructor (scheduler) {
    this.scheduler = scheduler;
    this.pool = scheduler.pool;
    /** @type {NodeJS.Timeout | null} Made when first needed, and set again and again. */
    this.timer = null;
    this.isSet = false;
    /** How many tasks had been submitted when it was set. */
    this.submitted = 0;
    /** @type {Set<import('../task').Task>} Tasks by port at workers that may be held up, in the order of their age. */
    this.placed = new Set();
  }

  /** @param {import('../task').Task} task by port, which was placed at a worker that may be held up */
  add (task) {
    this.placed.add(task);
    // One that boots has taken nothing yet, nor has anybody else: see `Crew.ready`.
    if (task.more.worker?.booted) this.watchPlaced();
  }

  /** Another worker may be free for what was placed. */
  watchPlaced () {
    if (this.placed.size > 0) this.set();
  }

  /** A worker was told by message that tasks wait. */
  watch () {
    if (!this.isSet && Atomics.load(this.pool.submission.words, SLEEPING) > 0) this.set();
  }

  set () {
    if (this.isSet) return;
    this.isSet = true;
    this.submitted = this.pool.submission.submitted;
    if (this.timer !== null) this.timer.refresh();
    else this.timer = setTimeout(() => this.look(), PATIENCE).unref();
  }

  look () {
    const { pool } = this;
    const { submission } = pool;
    this.isSet = false;
    let late = (this.submitted - Atomics.load(submission.words, TAKEN)) | 0;
    late = Math.max(late, 0) + this.requeue();
    while (late > 0 && submission.needsWake && this.scheduler.wake()) late--;
    if (submission.waiting > 0) this.watch();
  }

  /**
   * Takes back what was placed at workers that have not come for it. The queue has it then, before all that wait.
   *
   * @returns {number} how many tasks
   */
  requeue () {
    const { native, snapshots } = this.pool;
    let count = 0;
    // The youngest first, since each goes to the front.
    for (const task of [...this.placed].reverse()) {
      const { more } = task;
      const { worker } = more;
      if (task.index < 0 || worker === null) continue;
      if (native.requeue(task.index, task.seq, worker.slot)) {
        more.worker = null;
        more.sentTo = worker;
        count++;
      } else {
        // It is taken, where its value is as well.
        snapshots.drop(more);
      }
    }
    this.placed.clear();
    return count;
  }
}

module.exports = { PassOver };
