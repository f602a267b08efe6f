'use strict';

const { percentiles } = require('./protocol/tables');

/**
 * The percentiles of a summary, in the order in which the native side gives their values.
 *
 * @type {ReadonlyArray<readonly [name: string, percentile: number]>}
 */
const PERCENTILES = Object.freeze(Object.entries(percentiles));

/**
 * All in milliseconds.
 *
 * @typedef {{
 *   average: number, mean: number, stddev: number, min: number, max: number,
 *   p0_001: number, p0_01: number, p0_1: number, p1: number, p2_5: number, p10: number, p25: number, p50: number,
 *   p75: number, p90: number, p97_5: number, p99: number, p99_9: number, p99_99: number, p99_999: number
 * }} HistogramSummary
 */

/**
 * A histogram in numbers, as the native side gives it: milliseconds, and the values at `PERCENTILES` in their order.
 *
 * @typedef {{ mean: number, stddev: number, min: number, max: number, percentiles: ArrayLike<number> }} RawHistogram
 */

/**
 * The summary a caller sees. Without a recorded value mean and deviation are NaN, as they are in Node's histograms.
 *
 * @param {RawHistogram} raw
 * @returns {HistogramSummary}
 */
function summarize ({ mean, stddev, min, max, percentiles }) {
  /** @type {Record<string, number>} */
  const summary = { average: mean, mean, stddev, min, max };
  PERCENTILES.forEach(([name], index) => { summary[name] = percentiles[index]; });
  return /** @type {HistogramSummary} */ (summary);
}

/**
 * Where a pool's histogram gets its numbers from.
 *
 * @typedef {object} HistogramSource
 * @property {() => RawHistogram} readRunTime
 * @property {() => RawHistogram} readWaitTime
 * @property {() => void} resetRunTime
 * @property {() => void} resetWaitTime
 */

/**
 * The `histogram` of a pool: summaries made anew each time they are read, or undefined when nothing is recorded.
 *
 * @param {HistogramSource | null} source null when the pool has `recordTiming: false`.
 */
function createPoolHistogram (source) {
  return {
    /** How long handlers ran. */
    get runTime () {
      return source === null ? undefined : summarize(source.readRunTime());
    },
    /** How long tasks waited for a worker. */
    get waitTime () {
      return source === null ? undefined : summarize(source.readWaitTime());
    },
    resetRunTime () {
      source?.resetRunTime();
    },
    resetWaitTime () {
      source?.resetWaitTime();
    }
  };
}

module.exports = { PERCENTILES, summarize, createPoolHistogram };
