'use strict';

const { Atomics } = require('../host');
/** How long the first stretch of a sleep is, and the longest one, in milliseconds; each is twice the one before. */
const FIRST_STRETCH = 20;
const LONGEST_STRETCH = 1000;

/**
 * Sleeps until the wake word is another than `epoch`.
 *
 * In stretches, and not for as long as it takes: V8 does not terminate a thread while it compiles (which it does by
 * itself, of code that has run often enough) but takes note of the wish, and an `Atomics.wait` that begins afterwards
 * does not look at the note. The thread would sleep for ever, and whoever waits for its end with it: `destroy()`, or
 * the process. A turn of a loop does look.
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
