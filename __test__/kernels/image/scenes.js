'use strict';

const assert = require('node:assert/strict');

/**
 * Images that are made the same each time: what a photograph has (slopes, edges, texture) and what it has not.
 */

/** Numbers from 0 to 255 that look random, the same each time. */
function noise (seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  };
}

/**
 * A scene of slopes, a disc, stripes and texture.
 *
 * @param {number} width
 * @param {number} height
 * @param {{ alpha?: boolean }} [options] `alpha`: with transparent and half transparent parts
 */
function scene (width, height, { alpha = false } = {}) {
  const next = noise(width * 31 + height);
  const bytes = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const inDisc = Math.hypot(x - width / 3, y - height / 2) < height / 4;
      bytes[at] = inDisc ? 250 : Math.round(x * 255 / width);
      bytes[at + 1] = y % 12 < 4 && x > width / 2 ? 20 : Math.round(y * 200 / height) + (next() >> 4);
      bytes[at + 2] = inDisc ? 10 : 128 + (next() >> 3);
      bytes[at + 3] = !alpha ? 255 : x < width / 5 ? 0 : Math.round(55 + x * 200 / width);
    }
  }
  return bytes;
}

/** Every byte by chance. */
function chance (width, height) {
  const next = noise(width + height * 7);
  return Uint8Array.from({ length: width * height * 4 }, next);
}

/**
 * Compares bytes with what they should be exactly.
 *
 * @param {ArrayLike<number>} bytes
 * @param {ArrayLike<number>} exact
 * @param {(at: number) => number} tolerance
 * @param {string} what
 */
function assertNear (bytes, exact, tolerance, what) {
  assert.equal(bytes.length, exact.length, what);
  for (let at = 0; at < bytes.length; at++) {
    if (!(Math.abs(bytes[at] - exact[at]) <= tolerance(at))) {
      assert.fail(`${what}: ${bytes[at]} at ${at}, ${exact[at]} expected`);
    }
  }
}

module.exports = { assertNear, chance, noise, scene };
