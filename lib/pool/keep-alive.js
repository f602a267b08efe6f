'use strict';

const { clearInterval, setInterval } = require('../host');

/** As long as a timer can be: 24.8 days. It does nothing when it fires. */
const LONGEST = 2 ** 31 - 1;

/**
 * Keeps the event loop alive while tasks are unsettled. The workers, their ports and the bell never do, so that an
 * idle pool lets the process end.
 */
class KeepAlive {
  constructor () {
    /** @type {NodeJS.Timeout | null} */
    this.timer = null;
    this.held = false;
  }

  hold () {
    if (this.held) return;
    this.held = true;
    if (this.timer === null) this.timer = setInterval(() => {}, LONGEST);
    else this.timer.ref();
  }

  release () {
    if (!this.held) return;
    this.held = false;
    this.timer?.unref();
  }

  /** Gives the timer up; the next `hold` makes a new one. */
  dispose () {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.held = false;
  }
}

module.exports = { KeepAlive };
