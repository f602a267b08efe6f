'use strict';

const assert = require('node:assert/strict');
const { xorshift } = require('./data');

/**
 * What the answers of the scenario `image` are compared with, pixel by pixel and from the
 * definition: slow, so only some pixels are looked at.
 */

const LOOKED_AT = 300;

/** @param {number} x */
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/**
 * The weights of a position of the result, over the positions of the image.
 *
 * @param {number} length of the image
 * @param {number} toLength of the result
 * @param {number} at
 */
function lanczos3 (length, toLength, at) {
  const scale = length / toLength;
  const stretch = Math.max(1, scale);
  const middle = (at + 0.5) * scale;
  return weights(length, middle - 3 * stretch, middle + 3 * stretch, (place) => {
    const x = (place + 0.5 - middle) / stretch;
    return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
  });
}

/**
 * @param {number} length
 * @param {number} sigma
 * @param {number} at
 */
const gauss = (length, sigma, at) =>
  weights(length, at - 4 * sigma, at + 4 * sigma, (place) => Math.exp(-((place - at) ** 2) / (2 * sigma ** 2)));

/**
 * @param {number} length
 * @param {number} low
 * @param {number} high
 * @param {(place: number) => number} weigh
 * @returns {[place: number, weight: number][]} which sum up to 1
 */
function weights (length, low, high, weigh) {
  /** @type {[number, number][]} */
  const all = [];
  for (let place = Math.max(0, Math.floor(low)); place < Math.min(length, Math.ceil(high)); place++) {
    all.push([place, weigh(place)]);
  }
  const sum = all.reduce((before, [, weight]) => before + weight, 0);
  return all.map(([place, weight]) => [place, weight / sum]);
}

/**
 * Compares some pixels of an opaque result.
 *
 * @param {Uint8Array} answer
 * @param {{ width: number, height: number }} size of the answer
 * @param {number} margin pixels at the edges that are left out
 * @param {number} tolerance of 255 steps, on average
 * @param {{ input: Uint8Array, width: number }} image
 * @param {(x: number) => [number, number][]} across
 * @param {(y: number) => [number, number][]} down
 */
function compareSome (answer, { width, height }, margin, tolerance, image, across, down) {
  assert.equal(answer.length, width * height * 4);
  const next = xorshift(5);
  const pick = (/** @type {number} */ length) => margin + next() % (length - 2 * margin);
  let difference = 0;
  for (let count = 0; count < LOOKED_AT; count++) {
    const x = pick(width);
    const y = pick(height);
    const [columns, rows] = [across(x), down(y)];
    for (let channel = 0; channel < 4; channel++) {
      let expected = 0;
      for (const [row, ofRow] of rows) {
        for (const [column, ofColumn] of columns) {
          expected += ofRow * ofColumn * image.input[(row * image.width + column) * 4 + channel];
        }
      }
      const wrong = Math.abs(answer[(y * width + x) * 4 + channel] - Math.min(255, Math.max(0, expected)));
      assert.ok(wrong <= 10 * tolerance, `${wrong} off in channel ${channel} of (${x}, ${y})`);
      difference += wrong;
    }
  }
  const mean = difference / (4 * LOOKED_AT);
  assert.ok(mean <= tolerance, `${mean} off on average`);
}

module.exports = { compareSome, gauss, lanczos3 };
