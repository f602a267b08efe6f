'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/** Milliseconds between two looks. */
const INTERVAL = 1;

/**
 * Watches how late a timer of one millisecond comes: for so long would anything else have waited
 * that the main thread has to do.
 *
 * @returns {Promise<{ stop: () => number[] }>} `stop` gives the delays since, in milliseconds
 */
async function watchLoop () {
  /** @type {number[]} */
  const delays = [];
  let last = NaN;
  const look = () => {
    const now = performance.now();
    delays.push(Math.max(0, now - last - INTERVAL));
    last = now;
  };
  // The first timer of a process takes longer to set up than the next ones.
  await sleep(INTERVAL);
  last = performance.now();
  const timer = setInterval(look, INTERVAL);
  return {
    stop () {
      clearInterval(timer);
      look();
      return delays;
    }
  };
}

module.exports = { watchLoop };
