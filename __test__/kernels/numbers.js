'use strict';

/**
 * Generated numbers from -1 up to 1, the same at every run.
 *
 * @param {number} length
 * @param {number} [seed]
 */
function floats (length, seed = 1) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return state / 2 ** 31;
  });
}

/**
 * @param {ArrayLike<number>} got
 * @param {ArrayLike<number>} expected
 * @param {number} tolerance relative to the number
 */
function assertClose (got, expected, tolerance) {
  if (got.length !== expected.length) throw new Error(`${got.length} numbers instead of ${expected.length}`);
  for (let at = 0; at < got.length; at++) {
    if (!(Math.abs(got[at] - expected[at]) <= tolerance * Math.abs(expected[at]) + 1e-37)) {
      throw new Error(`${got[at]} instead of ${expected[at]} at ${at}`);
    }
  }
}

module.exports = { assertClose, floats };
