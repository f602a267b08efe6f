'use strict';

const { Atomics, clearTimeout, outside, performance, setImmediate, setImmediateHere, setTimeout } = require('../host');
const { PollBudget } = require('../poll-budget');
const { bells, words } = require('../protocol/tables');

const { BELL, NOTES } = words;
const { NAPS, RING, SILENT } = bells;

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
 *   never blocks the loop, and stops as soon as no result can be near.
 * - While plenty of tasks wait, it naps: it is rung for when a worker needs something, or has nothing more to do, and
 *   looks for results when a timer fires. They come up to two milliseconds late, in a pool whose next task waits for
 *   three.
 */
class Poller {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.words = pool.submission.words;
    this.active = false;
    // Tasks are taken for short, until the first ones were long. Its average is that of running times.
    this.budget = new PollBudget(0);
    /** @type {NodeJS.Timeout | null} Ends the nap. */
    this.alarm = null;
    this.look = this.look.bind(this);
    this.start = () => outside(this.look);
    this.rise = this.rise.bind(this);
  }

  /** A task was submitted: results may come soon. */
  begin () {
    if (this.active || this.alarm !== null || !this.budget.begin()) return;
    setImmediateHere(this.start);
    // Last: what is cut short before this has changed nothing.
    this.active = true;
    // Nobody needs to ring.
    Atomics.store(this.words, BELL, SILENT);
  }

  /** @param {number} runTime of a task that has ended, in milliseconds, NaN where nobody looked at the clock */
  learn (runTime) {
    if (!Number.isNaN(runTime)) this.budget.learn(runTime);
  }

  look () {
    const { pool } = this;
    const { results } = pool;
    // After a throw, too: nobody rings for what was there already.
    let again = true;
    try {
      const now = performance.now();
      const found = results.isBehind || Atomics.load(this.words, NOTES) !== 0;
      if (found) results.drainSlice();
      again = results.isBehind || (this.budget.lasts(found, now) && pool.table.size > 0 && !this.mayNap);
    } finally {
      if (again) setImmediate(this.look);
      else this.stop();
    }
  }

  /** Reads what has come. If that is more than one turn of the event loop has time for, it goes on in the next. */
  read () {
    const { results } = this.pool;
    results.drainSlice();
    if (!results.isBehind || this.active) return;
    this.active = true;
    setImmediate(this.look);
  }

  /** From now on the bell is rung, at least for what is urgent. */
  stop () {
    const { mayNap } = this;
    this.budget.end(this.pool.table.size > 0 && !mayNap);
    this.active = false;
    if (mayNap) {
      this.nap();
    } else {
      this.arm(RING);
    }
  }

  /** Whether the workers have plenty to do, with tasks for which a ring is a cost. */
  get mayNap () {
    const { pool, budget: { average: runTime } } = this;
    return runTime >= NAP_LEAST && runTime <= NAP_MOST && pool.submission.waiting * runTime >= PLENTY * pool.crew.size;
  }

  nap () {
    this.alarm = setTimeout(this.rise, NAP).unref();
    this.arm(NAPS);
  }

  /** The bell has rung, or a nap is over. */
  rise () {
    if (this.alarm !== null) clearTimeout(this.alarm);
    this.alarm = null;
    let again = true;
    try {
      this.read();
      again = false;
    } finally {
      // As in `look`.
      if (again) setImmediate(this.rise);
      else if (!this.active && this.mayNap) this.nap();
    }
  }

  /** @param {number} bell when to ring from now on */
  arm (bell) {
    Atomics.store(this.words, BELL, bell);
    // What came before the bell was armed was not rung for.
    if (Atomics.load(this.words, NOTES) !== 0) this.read();
  }
}

module.exports = { Poller };
