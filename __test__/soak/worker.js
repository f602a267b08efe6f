'use strict';

// The worker file of the soak: a function for each kind of job of jobs.js.

const { move } = require('../..');

module.exports = {
  echo: (/** @type {any} */ value) => value,
  bytesBack: (/** @type {Uint8Array} */ bytes) => move(bytes),
  grow: (/** @type {number} */ length) => new Uint8Array(length).fill(7),
  fail (/** @type {string} */ message) { throw new RangeError(message); },
  /** Runs for some milliseconds, so that an abort finds it running. */
  spin (/** @type {number} */ ms) {
    const end = Date.now() + ms;
    while (Date.now() < end);
    return ms;
  },
  exit () { process.exit(3); }
};
