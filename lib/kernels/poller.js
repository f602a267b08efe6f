'use strict';

const { performance, setImmediate } = require('../host');
const { Patience, SHORT } = require('../patience');

/**
 * Looks for the end of short calls once in every turn of the event loop, instead of sleeping until the doorbell rings.
 * It never blocks the loop, and it stops as soon as no event can be near.
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
    // Calls are taken for long, until the first ones were short.
    this.patience = new Patience(2 * SHORT);
    this.look = this.look.bind(this);
  }

  /** A call was started: its end may come soon. */
  begin () {
    if (this.active || !this.patience.begin()) return;
    this.active = true;
    this.native.watch(true);
    setImmediate(this.look);
  }

  /** @param {number} nanoseconds from a call to its end */
  learn (nanoseconds) {
    this.patience.learn(nanoseconds / 1e6);
  }

  look () {
    const now = performance.now();
    const lasts = this.patience.lasts(this.take(), now);
    if (lasts && this.inFlight() > 0) setImmediate(this.look);
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
    this.patience.end(this.inFlight() > 0);
    this.active = false;
    this.native.watch(false);
    // What came before the doorbell was armed was not rung for.
    this.take();
  }
}

module.exports = { Poller };
