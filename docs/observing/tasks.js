'use strict';

// The worker file of the trace beside it, see ci/docs/trace-picture.js.

/** @param {number} milliseconds */
function spin (milliseconds) {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

module.exports = {
  resize: spin,
  render: spin,
  /** @param {number} milliseconds */
  fail (milliseconds) {
    spin(milliseconds);
    throw new TypeError('no such picture');
  },
  endless () { for (;;); }
};
