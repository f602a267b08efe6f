'use strict';

/**
 * The quantile of some numbers, interpolated between neighbours.
 *
 * @param {ArrayLike<number>} numbers
 * @param {number} portion from 0 (the least) to 1 (the greatest)
 */
function quantile (numbers, portion) {
  if (numbers.length === 0) {
    return NaN;
  }
  const sorted = Float64Array.from(numbers).sort();
  const place = (sorted.length - 1) * portion;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** @typedef {{ median: number, low: number, high: number, count: number }} Summary */

/**
 * @param {ArrayLike<number>} samples
 * @returns {Summary}
 */
function summarize (samples) {
  return {
    median: quantile(samples, 0.5),
    low: quantile(samples, 0),
    high: quantile(samples, 1),
    count: samples.length
  };
}

module.exports = { quantile, summarize };
