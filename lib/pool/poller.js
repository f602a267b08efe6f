'use strict';

const { words } = require('./layout');

const { BELL, NOTES } = words;

/** Milliseconds: how long to look on after the last result. About what it costs to be woken. */
const PATIENCE = 0.05;

/** Milliseconds: how long to keep the core without a result. */
const KEEP_CORE = 0.005;

/** Milliseconds: tasks that run longer are waited for asleep. */
const SHORT_TASK = 0.1;

/** How much the newest task counts in the average of running times. */
const WEIGHT = 1 / 8;

/**
 * Looks for results of short tasks once in every turn of the event loop, instead of sleeping until the bell rings: to
 * be woken costs more than a short task runs. It never blocks the loop, and stops as soon as no result can be near.
 */
class Poller {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.words = pool.staging.words;
    this.active = false;
    /** Average running time of the last tasks, in milliseconds. */
    this.runTime = 0;
    this.deadline = 0;
    this.look = this.look.bind(this);
    this.giveWay = pool.native.yielder();
  }

  /** A task was submitted: results may come soon. */
  begin () {
    if (this.active || this.runTime > SHORT_TASK) return;
    this.active = true;
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
      pool.drain();
      this.deadline = now + PATIENCE + this.runTime;
    } else if (this.deadline === 0) {
      this.deadline = now + PATIENCE + this.runTime;
    } else if (this.deadline - now < PATIENCE - KEEP_CORE) {
      // The worker may be waiting for this core.
      this.giveWay();
    }
    if (pool.table.size > 0 && now < this.deadline) setImmediate(this.look);
    else this.stop();
  }

  /** From now on the bell is rung. */
  stop () {
    this.active = false;
    Atomics.store(this.words, BELL, 0);
    // What came before the bell was armed was not rung for.
    if (Atomics.load(this.words, NOTES) !== 0) this.pool.drain();
  }
}

module.exports = { Poller };
