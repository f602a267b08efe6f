'use strict';

const { performance, setImmediate } = require('../host');
const { PollBudget, SHORT } = require('../poll-budget');

/** Milliseconds that events are told for in one turn of the event loop; the rest comes in the next one. */
const TURN = 2;

/** Events between two looks at the clock. */
const SOME = 8;

/**
 * Looks for the end of short calls once in every turn of the event loop, instead of sleeping until the doorbell rings.
 * It stops as soon as no event can be near.
 *
 * While it looks nobody rings, so it must not end in any other way than by `stop()`, and nothing may be left untold
 * when it has ended: a throw, of whatever kind, is followed by another look.
 */
class Poller {
  /**
   * @param {Pick<import('../native/index.js').NativeKernels, 'watch'>} native
   * @param {() => boolean} next tells the next event; false if there is none
   * @param {() => number} inFlight
   */
  constructor (native, next, inFlight) {
    this.native = native;
    this.next = next;
    this.inFlight = inFlight;
    this.active = false;
    /** Whether events may be left that were not told. */
    this.left = false;
    // Calls are taken for long, until the first ones were short.
    this.budget = new PollBudget(2 * SHORT);
    this.look = this.look.bind(this);
    this.rise = this.rise.bind(this);
  }

  /** A call was started: its end may come soon. */
  begin () {
    if (this.active || !this.budget.begin()) return;
    // In this order: the caller's script may be ended between any two (the `timeout` of `vm`), and nobody may be waited
    // for who does not come.
    setImmediate(this.look);
    this.active = true;
    this.native.watch(true);
  }

  /** @param {number} nanoseconds from a call to its end */
  learn (nanoseconds) {
    this.budget.learn(nanoseconds / 1e6);
  }

  look () {
    let again = true;
    try {
      const now = performance.now();
      const lasts = this.budget.lasts(this.tell(now), now);
      again = this.left || (lasts && this.inFlight() > 0);
    } finally {
      if (again) setImmediate(this.look);
      else this.stop();
    }
  }

  /** From now on the doorbell is rung. */
  stop () {
    this.budget.end(this.inFlight() > 0);
    this.active = false;
    this.native.watch(false);
    // What came before the doorbell was armed was not rung for.
    this.rise();
  }

  /** The doorbell has rung. */
  rise () {
    try {
      this.tell(performance.now());
    } finally {
      if (this.left) setImmediate(this.rise);
    }
  }

  /**
   * Tells what there is, for a bounded time.
   *
   * @param {number} now
   * @returns {boolean} whether there was anything
   */
  tell (now) {
    this.left = true;
    if (!this.next()) {
      this.left = false;
      return false;
    }
    for (let told = 1; this.next(); told++) {
      if (told % SOME === 0 && performance.now() - now > TURN) return true;
    }
    this.left = false;
    return true;
  }
}

module.exports = { Poller };
