'use strict';

const { poll } = require('./protocol/tables');

const { DOUBT_MOST } = poll;

/** Milliseconds: how long to look on after the last event. About what it costs to be woken. */
const START = poll.START / 1e6;

/** Milliseconds: below this it is not worth looking at all. */
const LEAST = poll.LEAST / 1e6;

/** Milliseconds: what takes longer is waited for asleep. */
const SHORT = poll.SHORT / 1e6;

/** How much the newest time counts in the average. */
const WEIGHT = 1 / 8;

/**
 * How long a thread looks for the end of something short, once in every turn of its event loop, before it sleeps until
 * it is woken: to be woken costs it more than something short takes. It is given up where it does not pay: on a machine
 * whose cores are busy with other work. src/scheduler/poll_budget.rs is the same for workers that look for tasks.
 */
class PollBudget {
  /** @param {number} average time of what is waited for, in milliseconds, until some of it is known */
  constructor (average) {
    this.average = average;
    this.left = START;
    /** Starts since it was given up. */
    this.starts = 0;
    this.doubt = 1;
    /** Whether this round has found anything. */
    this.found = false;
    this.deadline = 0;
  }

  /** @param {number} time of something that has ended, in milliseconds */
  learn (time) {
    this.average += (Math.min(time, 10 * SHORT) - this.average) * WEIGHT;
  }

  /**
   * Something was started: its end may come soon.
   *
   * @returns {boolean} whether to begin a round of looking
   */
  begin () {
    if (this.average > SHORT) return false;
    if (this.left === 0) {
      if (++this.starts < this.doubt) return false;
      this.left = START;
    }
    this.found = false;
    this.deadline = 0;
    return true;
  }

  /**
   * It has looked.
   *
   * @param {boolean} found whether there was anything
   * @param {number} now when it looked, in milliseconds
   * @returns {boolean} whether to look again
   */
  lasts (found, now) {
    if (found) this.found = true;
    if (found || this.deadline === 0) this.deadline = now + this.left + this.average;
    return now < this.deadline;
  }

  /**
   * The round is over.
   *
   * @param {boolean} isVain whether it was in vain, if it has found nothing
   */
  end (isVain) {
    if (this.found) {
      this.left = START;
      this.doubt = 1;
    } else if (isVain) {
      this.left /= 2;
      if (this.left >= LEAST) return;
      this.left = 0;
      this.starts = 0;
      this.doubt = Math.min(this.doubt * 2, DOUBT_MOST);
    }
  }
}

module.exports = { PollBudget, SHORT };
