'use strict';

/**
 * Machines stand still at times: no process runs for seconds, while the clock goes on. All time limits, of the tests and
 * of what runs them, then pass without a fault. A timer that comes late by seconds tells of it.
 */

/** Milliseconds between two looks at the clock. */
const BEAT = 250;

/** Milliseconds: between two looks only so much passes on a machine that is busy, but runs. */
const GAP = 3_000;

/** @typedef {() => number} Clock in milliseconds */

/** Watches for standstills, from when it is made until `stop()`. */
class Watch {
  /**
   * @param {{ now?: Clock, limit?: number, onLimit?: () => void }} [options] limit: after how many milliseconds in which
   *   the machine ran `onLimit` is called, once
   */
  constructor ({ now = () => performance.now(), limit = Infinity, onLimit = () => {} } = {}) {
    this.now = now;
    this.start = now();
    this.last = this.start;
    /** Milliseconds in which the machine stood still. */
    this.stood = 0;
    this.timer = setInterval(() => {
      this.look();
      if (this.last - this.start - this.stood < limit) return;
      limit = Infinity;
      onLimit();
    }, BEAT);
  }

  look () {
    const now = this.now();
    const gap = now - this.last;
    if (gap >= GAP) this.stood += gap;
    this.last = now;
  }

  /** @returns {number} the milliseconds in which the machine stood still */
  stop () {
    this.look();
    clearInterval(this.timer);
    return this.stood;
  }
}

/**
 * Tries something, and once more where it failed while the machine stood still: the second time counts, whatever it
 * gives. What fails on a machine that runs has failed.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} attempt
 * @param {(result: T) => boolean} hasFailed
 * @param {Clock} [now]
 * @returns {Promise<T>}
 */
async function tryAgainAfterStandstill (name, attempt, hasFailed, now) {
  const watch = new Watch({ now });
  const first = await attempt().finally(() => watch.stop());
  if (watch.stood === 0 || !hasFailed(first)) return first;
  console.log(`  again ${name}: it failed, and the machine stood still for ${(watch.stood / 1000).toFixed(0)} s meanwhile`);
  return attempt();
}

module.exports = { Watch, tryAgainAfterStandstill };
