'use strict';

const { Atomics } = require('../host');
/** How long the first stretch of a sleep is, and the longest one, in milliseconds; each is twice the one before. */
const FIRST_STRETCH = 20;
const LONGEST_STRETCH = 1000;

/**
 * Sleeps until the wake word differs from `epoch`.
 *
 * It sleeps in stretches: V8 does not terminate a thread while it compiles hot code, but records the request, and an
 * `Atomics.wait` that begins afterwards does not check it. The thread would sleep for ever, and `destroy()` or the process
 * would wait for it. A turn of this loop does check.
 *
 * @param {Int32Array} wakeWord
 * @param {number} epoch
 */
function park (wakeWord, epoch) {
  let stretch = FIRST_STRETCH;
  while (Atomics.wait(wakeWord, 0, epoch, stretch) === 'timed-out') {
    stretch = Math.min(2 * stretch, LONGEST_STRETCH);
  }
}

module.exports = { park };
