'use strict';

/**
 * How much a series rises from its start to its end, by the median of the slopes between all pairs of its points (the
 * estimator of Theil and Sen): up to 29 % of the points may be anything without moving it, so that a garbage collection
 * that comes late or a pool that is just being made is no trend.
 *
 * @param {number[]} series at equal distances
 */
function rise (series) {
  const slopes = [];
  for (let to = 1; to < series.length; to++) {
    for (let from = 0; from < to; from++) slopes.push((series[to] - series[from]) / (to - from));
  }
  slopes.sort((one, other) => one - other);
  const middle = slopes.length >> 1;
  const slope = slopes.length % 2 === 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
  return slope * (series.length - 1);
}

/** The share of the samples, at the start, in which threads start, code is compiled and buffers find their size. */
const WARM_UP = 0.3;

/**
 * @param {Record<string, number>[]} samples at equal distances
 * @param {typeof import('./gauges').gauges} gauges
 * @returns {{ name: string, rise: number, limit: number, unit: string, first: number, last: number, isLeak: boolean }[]}
 */
function judge (samples, gauges) {
  const counted = samples.slice(Math.floor(samples.length * WARM_UP));
  return Object.entries(gauges).map(([name, { limit, unit }]) => {
    const series = counted.map((sample) => sample[name]);
    const risen = rise(series);
    return { name, rise: risen, limit, unit, first: series[0], last: series[series.length - 1], isLeak: risen > limit };
  });
}

module.exports = { judge, rise };
