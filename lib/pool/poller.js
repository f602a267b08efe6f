'use strict';

const { clearTimeout, performance, setImmediate, setTimeout } = require('../clock');
const { bells, words } = require('./layout');

const { BELL, NOTES } = words;
const { NAPS, RING, SILENT } = bells;

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

/** Milliseconds: as short as a timer can be. It may take twice as long. */
const NAP = 1;

/** Milliseconds of work that each worker must have before it for a nap: it will not come to rest meanwhile. */
const PLENTY = 3;

/** Milliseconds: of shorter tasks too many results would wait at the end of a nap. */
const NAP_LEAST = 0.01;

/** Milliseconds: beside longer tasks a ring is nothing. */
const NAP_MOST = 0.5;

/**
 * Decides how the main thread learns of results. To wake it costs a worker some 15 microseconds, and takes longer than
 * a short task runs, so there are two ways around it:
 *
 * - It looks for results of short tasks once in every turn of the event loop, while few of them are on their way. This
 *   never blocks the loop, stops as soon as no result can be near, and is given up where it does not pay: on a machine
 *   whose cores are busy with other work. src/scheduler/spin.rs is the same for workers that look for tasks.
 * - While plenty of tasks wait, it naps: it is rung for when a worker needs something, or has nothing more to do, and
 *   looks for results when a timer fires. They come up to two milliseconds late, in a pool whose next task waits for
 *   three.
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
    /** @type {NodeJS.Timeout | null} Ends the nap. */
    this.alarm = null;
    this.look = this.look.bind(this);
    this.rise = this.rise.bind(this);
  }

  /** A task was submitted: results may come soon. */
  begin () {
    if (this.active || this.alarm !== null || this.runTime > SHORT_TASK) return;
    if (this.patience === 0) {
      if (++this.signs < this.doubt) return;
      this.patience = PATIENCE;
    }
    this.active = true;
    this.found = false;
    this.deadline = 0;
    // Nobody needs to ring.
    Atomics.store(this.words, BELL, SILENT);
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
    if (pool.table.size > 0 && now < this.deadline && !this.mayNap) setImmediate(this.look);
    else this.stop();
  }

  /** From now on the bell is rung, at least for what is urgent. */
  stop () {
    const { mayNap } = this;
    if (this.found) {
      this.patience = PATIENCE;
      this.doubt = 1;
    } else if (this.pool.table.size > 0 && !mayNap) {
      this.lose();
    }
    this.active = false;
    if (mayNap) {
      this.nap();
    } else {
      this.arm(RING);
    }
  }

  /** A round was in vain. */
  lose () {
    this.patience /= 2;
    if (this.patience >= LEAST_PATIENCE) return;
    this.patience = 0;
    this.signs = 0;
    this.doubt = Math.min(this.doubt * 2, DOUBT_MOST);
  }

  /** Whether the workers have plenty to do, with tasks for which a ring is a cost. */
  get mayNap () {
    const { pool, runTime } = this;
    return runTime >= NAP_LEAST && runTime <= NAP_MOST && pool.staging.waiting * runTime >= PLENTY * pool.crew.size;
  }

  nap () {
    this.alarm = setTimeout(this.rise, NAP).unref();
    this.arm(NAPS);
  }

  /** The bell has rung, or a nap is over. */
  rise () {
    if (this.alarm !== null) clearTimeout(this.alarm);
    this.alarm = null;
    this.pool.drain();
    if (!this.active && this.mayNap) this.nap();
  }

  /** @param {number} bell when to ring from now on */
  arm (bell) {
    Atomics.store(this.words, BELL, bell);
    // What came before the bell was armed was not rung for.
    if (Atomics.load(this.words, NOTES) !== 0) this.pool.drain();
  }
}

module.exports = { Poller };
