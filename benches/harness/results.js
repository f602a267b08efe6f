'use strict';

const { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { describeMachine } = require('./machine');
const { summarize } = require('./statistics');

const directory = join(__dirname, '..', 'results');

/**
 * @typedef {import('./rounds').Outcome} Outcome
 *
 * @typedef {object} Results
 * @property {1} format
 * @property {'full' | 'quick'} kind
 * @property {string} date of the last case that was added
 * @property {ReturnType<typeof describeMachine>} machine at the last case that was added
 * @property {Record<string, Outcome>} cases by `scenario/case`
 */

/** @param {string} name */
const resultsPath = (name) => join(directory, `${name}.json`);

/**
 * @param {string} name
 * @returns {Results | undefined}
 */
function readResults (name) {
  try {
    return JSON.parse(readFileSync(resultsPath(name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The name of the newest results that are kept. @returns {string} */
function newestSaved () {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith('.json') && file !== 'latest.json' && file !== 'quick.json')
    .map((file) => file.slice(0, -'.json'.length));
  const dateOf = (/** @type {string} */ name) => readResults(name)?.date ?? '';
  const [newest] = names.sort((a, b) => dateOf(b).localeCompare(dateOf(a)));
  if (newest === undefined) {
    throw new RangeError(`${directory} has no saved results`);
  }
  return newest;
}

/**
 * Raw samples on one line each: the file is read by people, too.
 *
 * @param {Results} results
 */
function format (results) {
  return `${JSON.stringify(results, null, 2).replace(/\[[\d\s.,e+-]*\]/g, (list) => list.replace(/\s+/g, ' '))}\n`;
}

/**
 * Puts the outcome of one case into its file, beside the cases of other test files.
 *
 * @param {string} name
 * @param {'full' | 'quick'} kind
 * @param {string} key
 * @param {Outcome} outcome
 */
function saveOutcome (name, kind, key, outcome) {
  const machine = describeMachine();
  const entries = Object.entries(outcome.entries).map(([id, entry]) => [id, {
    ...entry,
    summary: Object.fromEntries(Object.entries(entry.samples).map(([metric, samples]) => [metric, summarize(samples)]))
  }]);
  const cases = {
    ...readResults(name)?.cases,
    // A file may be put together from runs at several commits, and on several releases of Node.js.
    [key]: { ...outcome, commit: machine.versions.commit, node: machine.node, entries: Object.fromEntries(entries) }
  };
  /** @type {Results} */
  const results = { format: 1, kind, date: outcome.date, machine, cases };
  mkdirSync(directory, { recursive: true });
  const temporary = `${resultsPath(name)}.${process.pid}`;
  writeFileSync(temporary, format(results));
  renameSync(temporary, resultsPath(name));
}

module.exports = { newestSaved, readResults, saveOutcome, resultsPath };
