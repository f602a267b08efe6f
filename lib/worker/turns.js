'use strict';

const { performance, Promise, setImmediate } = require('../host');

/** Milliseconds: how long tasks may follow each other before the event loop turns. */
const TURN_EVERY = 2;

/**
 * Lets the event loop turn between tasks, where a worker is to stay in it. Tasks that wait follow one another in
 * microtasks: meanwhile no timer fires, nothing arrives, and no rejection is found to be unhandled. A turn after each
 * task would cost more than a short task does, so there is one when the last is a while ago.
 */
class Turns {
  constructor () {
    this.last = performance.now();
    /** @type {Promise<void> | null} The turn that is under way. */
    this.next = null;
  }

  /** Whether the loop is to turn before the next task starts. */
  get isDue () {
    return performance.now() - this.last >= TURN_EVERY;
  }

  /** One turn. Calls during a turn wait for the same one. */
  take () {
    this.next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.next = null;
        this.last = performance.now();
        resolve();
      });
    });
    return this.next;
  }
}

module.exports = { Turns };
