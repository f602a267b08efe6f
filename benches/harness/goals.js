'use strict';

const { goals } = require('../goals');
const { align, bestPeer, medianOf, number } = require('./report');

/** @typedef {import('../goals').Goal} Goal */
/** @typedef {Record<string, import('./rounds').Outcome>} Cases */

/**
 * @param {Goal} goal
 * @param {Cases} cases
 * @returns {{ value: number, against: string } | undefined}
 */
function measure ({ at, metric, to, better, unit }, cases) {
  const own = medianOf(cases[at], 'rockpool', metric);
  if (own === undefined) {
    return undefined;
  }
  if (to === undefined) {
    return { value: own, against: unit ?? '' };
  }
  const ratio = (/** @type {number} */ other) => (better === 'faster' ? other / own : own / other);
  if (typeof to === 'object') {
    const other = medianOf(cases[to.own], 'rockpool', metric);
    return other === undefined ? undefined : { value: ratio(other), against: `× ${to.own}` };
  }
  if (to === 'best peer') {
    const best = bestPeer(cases[at], metric);
    return best && { value: ratio(best.median), against: `× ${cases[at].entries[best.id].name}` };
  }
  const other = medianOf(cases[at], to, metric);
  return other === undefined ? undefined : { value: ratio(other), against: `× ${cases[at].entries[to].name}` };
}

/**
 * The closing table: each goal of the cases that were run, its measured value, and whether the goal was met.
 *
 * @param {Cases} cases
 * @returns {string}
 */
function goalTable (cases) {
  const rows = goals.filter(({ at }) => cases[at] !== undefined).map((goal) => {
    const measured = measure(goal, cases);
    const reaches = (/** @type {number | undefined} */ bound) => measured !== undefined && bound !== undefined
      && (goal.better === 'less' ? measured.value <= bound : measured.value >= bound);
    const bound = (/** @type {number | undefined} */ value) =>
      (value === undefined ? '' : `${goal.better === 'less' ? '≤' : '≥'} ${number(value)}`);
    let outcome = 'not measured';
    if (measured !== undefined) {
      const missed = goal.floor === undefined ? 'below the aim' : 'MISSED';
      outcome = reaches(goal.aim) ? 'aim reached' : reaches(goal.floor) ? 'met' : missed;
    }
    return [
      `  ${goal.what}`,
      measured === undefined ? '–' : number(measured.value),
      measured?.against ?? '',
      bound(goal.floor),
      bound(goal.aim),
      outcome
    ];
  });
  return ['', 'Goals', ...align([['  what', 'measured', 'unit', 'floor', 'aim', ''], ...rows])].join('\n');
}

module.exports = { goalTable };
