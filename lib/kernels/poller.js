'use strict';

const { performance, setImmediate } = require('../clock');

/** Milliseconds: how long to look on after the last event. About what it costs to be woken. */
const PATIENCE = 0.05;

/** Milliseconds: below this it is not worth looking at all. */
const LEAST_PATIENCE = 0.006;

/** Milliseconds: calls that take longer are waited for asleep. */
const SHORT_CALL = 0.1;

/** How much the newest call counts in the average of their times. */
const WEIGHT = 1 / 8;

/** Calls after which to try again, once looking was in vain: twice as many each time, up to this many. */
const DOUBT_MOST = 1024;

/**
 * Looks for the end of short calls once in every turn of the event loop, instead of sleeping until the doorbell rings:
 * to be woken costs this thread more than a short call takes. It never blocks the loop, it stops as soon as no event
 * can be near, and it is given up where it does not pay.
 */
class Poller {
  /**
   * @param {import('../native/index.js').KernelHub} native
   * @param {(events: any[]) => void} deliver
   * @param {() => number} inFlight
   */
  constructor (native, deliver, inFlight) {
    this.native = native;
    this.deliver = deliver;
    this.inFlight = inFlight;
    this.active = false;
    /** Average time from a call to its end, in milliseconds; long, until the first ones were short. */
    this.callTime = 2 * SHORT_CALL;
    this.patience = PATIENCE;
    /** Calls since it was given up. */
    this.signs = 0;
    this.doubt = 1;
    /** Whether this round has met an event. */
    this.found = false;
    this.deadline = 0;
    this.look = this.look.bind(this);
  }

  /** A call was started: its end may come soon. */
  begin () {
    if (this.active || this.callTime > SHORT_CALL) return;
    if (this.patience === 0) {
      if (++this.signs < this.doubt) return;
      this.patience = PATIENCE;
    }
    this.active = true;
    this.found = false;
    this.deadline = 0;
    this.native.watch(true);
    setImmediate(this.look);
  }

  /** @param {number} nanoseconds from a call to its end */
  learn (nanoseconds) {
    this.callTime += (Math.min(nanoseconds / 1e6, 10 * SHORT_CALL) - this.callTime) * WEIGHT;
  }

  look () {
    const now = performance.now();
    if (this.take()) {
      this.found = true;
      this.deadline = now + this.patience + this.callTime;
    } else if (this.deadline === 0) {
      this.deadline = now + this.patience + this.callTime;
    }
    if (this.inFlight() > 0 && now < this.deadline) setImmediate(this.look);
    else this.stop();
  }

  take () {
    const events = this.native.collect();
    if (events === null) return false;
    this.deliver(events);
    return true;
  }

  /** From now on the doorbell is rung. */
  stop () {
    if (this.found) {
      this.patience = PATIENCE;
      this.doubt = 1;
    } else if (this.inFlight() > 0) {
      this.lose();
    }
    this.active = false;
    this.native.watch(false);
    // What came before the doorbell was armed was not rung for.
    this.take();
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
