'use strict';

const { performance, setImmediate } = require('../clock');
const { words } = require('./layout');

const { BELL, NOTES } = words;

/** Milliseconds: how long to look on after the last result. About what it costs to be woken. */
const PATIENCE = 0.05;

/** Milliseconds: below this it is not worth looking at all. */
const LEAST_PATIENCE = 0.006;

/** Milliseconds: tasks that run longer are waited for asleep. */
const SHORT_TASK = 0.1;

/** How much the newest task counts in the average of running times. */
const WEIGHT = 1 / 8;

/** Submissions after which to try again, once looking was in vain: twice as many each time, up to this many. */
const DOUBT_MOST = 1024;

/**
 * Looks for results of short tasks once in every turn of the event loop, instead of sleeping until the bell rings: to
 * be woken costs more than a short task runs. It never blocks the loop, it stops as soon as no result can be near, and
 * it is given up where it does not pay: on a machine whose cores are busy with other work. src/scheduler/spin.rs is the
 * same for workers that look for tasks.
 */
class Poller {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.words = pool.staging.words;
    this.active = false;
    /** Average running time of the last tasks, in milliseconds. */
    this.runTime = 0;
    this.patience = PATIENCE;
    /** Submissions since it was given up. */
    this.signs = 0;
    this.doubt = 1;
    /** Whether this round has found a result. */
    this.found = false;
    this.deadline = 0;
    this.look = this.look.bind(this);
  }

  /** A task was submitted: results may come soon. */
  begin () {
    if (this.active || this.runTime > SHORT_TASK) return;
    if (this.patience === 0) {
      if (++this.signs < this.doubt) return;
      this.patience = PATIENCE;
    }
    this.active = true;
    this.found = false;
    this.deadline = 0;
    // Nobody needs to ring.
    Atomics.store(this.words, BELL, 1);
    setImmediate(this.look);
  }

  /** @param {number} runTime of a task that has ended, in milliseconds */
  learn (runTime) {
    this.runTime += (Math.min(runTime, 10 * SHORT_TASK) - this.runTime) * WEIGHT;
  }

  look () {
    const { pool } = this;
    const now = performance.now();
    if (Atomics.load(this.words, NOTES) !== 0) {
      this.found = true;
      pool.drain();
      this.deadline = now + this.patience + this.runTime;
    } else if (this.deadline === 0) {
      this.deadline = now + this.patience + this.runTime;
    }
    if (pool.table.size > 0 && now < this.deadline) setImmediate(this.look);
    else this.stop();
  }

  /** From now on the bell is rung. */
  stop () {
    if (this.found) {
      this.patience = PATIENCE;
      this.doubt = 1;
    } else if (this.pool.table.size > 0) {
      this.lose();
    }
    this.active = false;
    Atomics.store(this.words, BELL, 0);
    // What came before the bell was armed was not rung for.
    if (Atomics.load(this.words, NOTES) !== 0) this.pool.drain();
  }

  /** A round was in vain. */
  lose () {
    this.patience /= 2;
    if (this.patience >= LEAST_PATIENCE) return;
    this.patience = 0;
    this.signs = 0;
    this.doubt = Math.min(this.doubt * 2, DOUBT_MOST);
  }
}

module.exports = { Poller };
