'use strict';

const { contestants, contestant } = require('../contestants');
const { scenarios, scenariosNamed } = require('../scenarios');

/**
 * What to run. Test files get no arguments, so it comes from the environment:
 *
 * - `ROCKPOOL_BENCH`: `full` (default) or `quick`, which checks answers and measures next to nothing
 * - `ROCKPOOL_BENCH_SCENARIOS`, `ROCKPOOL_BENCH_CONTESTANTS`: ids with commas between, default all;
 *   the scenarios also as `pool` or `kernels`, all of that part
 * - `ROCKPOOL_BENCH_RESULTS`: name of the file in benches/results, default `latest` or `quick`
 *
 * @typedef {object} Settings
 * @property {boolean} quick
 * @property {string[]} scenarios
 * @property {string[]} contestants
 * @property {string} results
 * @property {number} turnMilliseconds a contestant that is fast measures more than once in its turn
 * @property {number} samplesPerTurn
 */

/**
 * @param {string | undefined} text
 * @returns {string[] | undefined}
 */
function list (text) {
  const ids = (text ?? '').split(',').map((id) => id.trim()).filter((id) => id !== '');
  return ids.length === 0 ? undefined : ids;
}

/** One setting of each library is enough to check answers. */
const quickContestants = [
  'rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier',
  'node-crypto', 'subtle', 'zlib-tuned', 'hash-wasm', 'node-rs-xxhash', 'node-rs-crc32', 'sharp', 'plain'
];

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Settings}
 */
function readSettings (environment = process.env) {
  const kind = environment.ROCKPOOL_BENCH ?? 'full';
  if (kind !== 'full' && kind !== 'quick') {
    throw new RangeError(`ROCKPOOL_BENCH must be full or quick, not ${kind}`);
  }
  const results = environment.ROCKPOOL_BENCH_RESULTS || (kind === 'quick' ? 'quick' : 'latest');
  if (!/^[\w-][\w.-]*$/.test(results)) {
    throw new RangeError(`ROCKPOOL_BENCH_RESULTS must be a plain file name, not ${results}`);
  }
  const chosenScenarios = list(environment.ROCKPOOL_BENCH_SCENARIOS);
  const chosenContestants = list(environment.ROCKPOOL_BENCH_CONTESTANTS);
  chosenContestants?.forEach(contestant);
  const quick = kind === 'quick';
  return {
    quick,
    scenarios: chosenScenarios?.flatMap(scenariosNamed) ?? scenarios.map(({ id }) => id),
    contestants: chosenContestants ?? (quick ? quickContestants : contestants.map(({ id }) => id)),
    results,
    turnMilliseconds: quick ? 0 : 300,
    samplesPerTurn: quick ? 1 : 5
  };
}

module.exports = { readSettings };
