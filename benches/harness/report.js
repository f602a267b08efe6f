'use strict';

const { isPeer } = require('../contestants');
const { summarize } = require('./statistics');

/** @typedef {import('./rounds').Outcome} Outcome */

/** @param {number} value three significant digits at least, no decimals where they say nothing */
function number (value) {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * The median of a contestant, if it has one.
 *
 * @param {Outcome | undefined} outcome
 * @param {string} id
 * @param {string} metric
 */
function medianOf (outcome, id, metric) {
  const samples = outcome?.entries[id]?.samples[metric];
  return samples === undefined ? undefined : summarize(samples).median;
}

/**
 * The best of the peers, each in each of its settings.
 *
 * @param {Outcome | undefined} outcome
 * @param {string} metric
 * @returns {{ id: string, median: number } | undefined}
 */
function bestPeer (outcome, metric) {
  const better = outcome?.metrics[metric]?.better;
  return Object.keys(outcome?.entries ?? {})
    .filter(isPeer)
    .flatMap((id) => {
      const median = medianOf(outcome, id, metric);
      return median === undefined ? [] : [{ id, median }];
    })
    .sort((a, b) => (better === 'more' ? b.median - a.median : a.median - b.median))[0];
}

/**
 * @param {string[][]} rows
 * @returns {string[]}
 */
function align (rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row
    .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
    .join('  ').trimEnd());
}

/**
 * One table for each metric of a case.
 *
 * @param {Outcome} outcome
 * @returns {string}
 */
function report (outcome) {
  const lines = ['', outcome.title];
  for (const [metric, { title, unit, better }] of Object.entries(outcome.metrics)) {
    const measured = Object.entries(outcome.entries).filter(([, entry]) => entry.samples[metric] !== undefined);
    if (measured.length === 0) {
      continue;
    }
    const piscina = medianOf(outcome, 'piscina', metric);
    const best = bestPeer(outcome, metric);
    const rows = measured.map(([id, entry]) => {
      const { median, low, high } = summarize(entry.samples[metric]);
      const mark = id === best?.id ? ' *' : '';
      return [
        `  ${entry.name}${mark}`,
        number(median),
        `${number(low)} … ${number(high)}`,
        ...(piscina === undefined ? [] : [number(median / piscina)]),
        number(median / (best?.median ?? NaN))
      ];
    });
    lines.push(...align([
      [`  ${title}, ${better} is better`, unit, 'low … high', ...(piscina === undefined ? [] : ['× piscina']), '× best peer *'],
      ...rows
    ]));
  }
  return [...lines, ...failures(outcome)].join('\n');
}

/** @param {Outcome} outcome */
const failures = ({ entries }) => Object.values(entries)
  .flatMap(({ name, failure }) => (failure === null ? [] : [`  ${name}: ${failure.split('\n')[0]}`]));

/**
 * Who could not take part, and why; nothing if all could.
 *
 * @param {Outcome} outcome
 * @returns {string}
 */
function leftOut (outcome) {
  const lines = failures(outcome);
  return lines.length === 0 ? '' : [outcome.title, ...lines].join('\n');
}

module.exports = { report, leftOut, number, medianOf, bestPeer, align };
