'use strict';

const { clearTimeout, performance, setImmediate, setTimeout } = require('./host');

/** Milliseconds: what a timer may be late on a busy thread. One that is later stood still, or its thread was blocked. */
const LATE = 100;

/** A limit is counted in so many beats, in fewer if they would be shorter than what one may be late. */
const BEATS = 8;

/** Milliseconds: as long as a timer can be, 24.8 days. Node makes 1 ms of all that is longer. */
const LONGEST = 2 ** 31 - 1;

/**
 * A time limit for somebody else: a worker that loads, tasks that are to end.
 *
 * A timer says nothing of the other side. It also fires when this thread was blocked, and nothing that arrived was
 * looked at; or when all of the process stood still: at a breakpoint, with the lid closed, in a container that was
 * paused. So the time is counted in beats, and one that comes late is no time that the other side had; unless the one
 * before was late as well, for a thread that always is late must come to an end, too. And before the limit is believed
 * the event loop turns once, and what has arrived is looked at.
 *
 * It keeps no event loop alive.
 */
class Deadline {
  /**
   * @param {number} limit in milliseconds, may be Infinity
   * @param {() => void} look takes in what has arrived; it may stop this
   * @param {(uncounted: number) => void} expire told how many milliseconds were no time of the other side's
   */
  constructor (limit, look, expire) {
    this.look = look;
    this.expire = expire;
    this.left = limit;
    this.uncounted = 0;
    this.wasLate = false;
    this.isOver = limit === Infinity;
    this.length = Math.min(Math.max(limit / BEATS, Math.min(limit, LATE)), LONGEST);
    this.begun = 0;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
    this.onBeat = this.onBeat.bind(this);
    if (!this.isOver) this.begin();
  }

  begin () {
    this.begun = performance.now();
    this.length = Math.min(this.length, this.left);
    this.timer = setTimeout(this.onBeat, this.length).unref();
  }

  onBeat () {
    const took = performance.now() - this.begun;
    const isLate = took > this.length + LATE;
    if (isLate && !this.wasLate) {
      this.uncounted += took;
    } else {
      this.uncounted += Math.max(took - this.length, 0);
      this.left -= this.length;
    }
    this.wasLate = isLate && !this.wasLate;
    // Less than a hundredth of a millisecond is what fractions of numbers leave.
    if (this.left > 0.01 || this.wasLate) this.begin();
    else this.judge();
  }

  judge () {
    setImmediate(() => {
      if (this.isOver) return;
      this.look();
      if (this.isOver) return;
      this.isOver = true;
      this.expire(this.uncounted);
    }).unref();
  }

  stop () {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}

module.exports = { Deadline };
