'use strict';

const { createHistogram } = require('node:perf_hooks');

/** What becomes of a file, in this order. */
const stageNames = /** @type {const} */ (['read', 'minify', 'hash', 'gzip', 'zstd', 'write']);

/** @typedef {typeof stageNames[number]} StageName */

/**
 * How long the stages take, file by file. Many files are at their stages at once, so the times are those that a file
 * waits, not shares of the whole.
 */
class Stages {
  #histograms = new Map(stageNames.map((name) => [name, createHistogram()]));

  /**
   * @template T
   * @param {StageName} name
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  async time (name, work) {
    const start = performance.now();
    const result = await work;
    // A histogram takes nothing below 1.
    this.#histograms.get(name)?.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
    return result;
  }

  /** @returns {Record<StageName, { median: number, p99: number } | null>} milliseconds; null where no file has been */
  summary () {
    return /** @type {any} */ (Object.fromEntries([...this.#histograms].map(([name, histogram]) => [
      name,
      histogram.count === 0
        ? null
        : { median: histogram.percentile(50) / 1e6, p99: histogram.percentile(99) / 1e6 }
    ])));
  }
}

module.exports = { Stages, stageNames };
