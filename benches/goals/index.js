'use strict';

/**
 * What rockpool has set itself, on a machine of two cores. A goal compares rockpool's median with
 * that of somebody else in the same case (a contestant, or the best of the peers in its best
 * setting), with its own median in another case, or with nothing.
 *
 * @typedef {object} Goal
 * @property {string} what
 * @property {string} at `scenario/case`
 * @property {string} metric
 * @property {string | { own: string }} [to] id of a contestant, or `best peer`; none: the value itself counts
 * @property {'more' | 'less' | 'faster'} better `faster`: a time, and how many times as long the other one takes
 * @property {number} [floor] at least, or at most
 * @property {number} [aim]
 * @property {string} [unit] of a value that is no ratio
 */

/** @type {Goal[]} */
const goals = [...require('./pool'), ...require('./kernels')];

module.exports = { goals };
