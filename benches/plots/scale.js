'use strict';

/**
 * A logarithmic axis: what is measured here differs by orders of magnitude, and ratios are what
 * counts.
 *
 * @typedef {object} Scale
 * @property {(value: number) => number} at where a value lies
 * @property {number[]} ticks
 *
 * @param {number[]} values all above 0
 * @param {number} from
 * @param {number} to
 * @returns {Scale}
 */
function logarithmic (values, from, to) {
  const low = Math.log10(Math.min(...values)) - 0.05;
  const high = Math.log10(Math.max(...values)) + 0.05;
  // Half a decade at least: else the smallest difference looks like a large one.
  const spare = Math.max(0, 0.5 - (high - low)) / 2;
  const [least, most] = [low - spare, high + spare];
  const at = (/** @type {number} */ value) => from + (Math.log10(value) - least) / (most - least) * (to - from);

  const steps = most - least > 2.5 ? [1] : most - least > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const ticks = [];
  for (let decade = Math.floor(least); decade <= most; decade++) {
    ticks.push(...steps.map((step) => Number((step * 10 ** decade).toPrecision(2))));
  }
  return { at, ticks: ticks.filter((tick) => Math.log10(tick) >= least && Math.log10(tick) <= most) };
}

/** @param {number} value @returns {string} in few signs */
function brief (value) {
  const units = /** @type {const} */ ([[1e6, ' M'], [1e3, ' k']]);
  const [size, unit] = units.find(([size]) => value >= size) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}

module.exports = { brief, logarithmic };
