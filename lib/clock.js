'use strict';

const { performance } = require('./host');

/** Milliseconds: two readings this close together count as one. */
const CLOSE = 0.002;

/** Readings after which the closest so far has to do. */
const READINGS = 30;

/**
 * How far another clock of the system's monotonic time is ahead of `performance.now()`. The two cannot be read at once,
 * and a thread may lose its processor in between for milliseconds: so the other clock is read between two readings of
 * `performance.now()`, again and again until these are close together. What the other clock shows, less the result, is
 * never before `performance.now()`.
 *
 * @param {() => number} read gives the milliseconds of the other clock
 * @returns {number} in milliseconds
 */
function aheadOf (read) {
  let ahead = 0;
  let closest = Infinity;
  for (let left = READINGS; left > 0 && closest > CLOSE; left--) {
    const before = performance.now();
    const other = read();
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    ahead = other - after;
  }
  return ahead;
}

module.exports = { aheadOf };
