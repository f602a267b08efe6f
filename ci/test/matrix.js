'use strict';

// Runs the JavaScript tests and piscina's own on every release of Node.js that rockpool supports, and shows a table.
// The releases are npm packages, kept out of the project's own dependencies in ci/test/runtimes and installed when they
// are first needed. All of them load the one addon that is built: it is made for Node-API, not for a release.
//
//   npm run test:matrix                    all suites on all releases
//   npm run test:matrix -- --node 24,26    on these
//   npm run test:matrix -- --bounded       what `npm test` has time for

const { join, delimiter, dirname } = require('node:path');
const { parseArgs } = require('node:util');
const { countScript } = require('./counts');
const { whyStale } = require('../build/dependencies');
const { runNpm } = require('../build/npm');
const { run } = require('./process');

const root = join(__dirname, '..', '..');
const runtimes = join(__dirname, 'runtimes');
const majors = Object.keys(require('./runtimes/package.json').dependencies).map((name) => name.replace('node-', ''));

/** @typedef {{ name: string, args: string[], seconds: number }} Suite */

/** @type {Suite[]} */
const suites = [
  { name: 'tests', args: ['ci/test/run.js', '--only', 'js'], seconds: 2400 },
  { name: 'conformance', args: ['ci/conformance/run.js', '--check'], seconds: 600 }
];

/**
 * The tests of what differs between releases: how values are cloned and moved, how Workers start and end, how modules
 * are loaded, what is exported.
 *
 * @type {Suite[]}
 */
const boundedSuites = [
  { name: 'tests', args: ['ci/test/run.js', '__test__/api', '__test__/fidelity'], seconds: 900 }
];

/** Whether the releases of ci/test/runtimes run on this machine. */
const isSupported = process.platform === 'linux' && process.arch === 'x64';

/**
 * @param {string} major
 * @returns {string}
 */
function findNode (major) {
  return join(runtimes, 'node_modules', `node-${major}`, 'bin', 'node');
}

/**
 * @param {string} major
 * @param {Suite} suite
 */
async function runSuite (major, { name, args, seconds }) {
  const node = findNode(major);
  const { version } = require(`./runtimes/node_modules/node-${major}/package.json`);
  const outcome = await run(node, args, {
    cwd: root,
    seconds,
    // What a test starts by name has to be this release, too.
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    echo: false
  });
  const { passed, failed } = countScript(outcome.output) ?? { passed: 0, failed: 0 };
  // A release on which nothing ran has not passed.
  const problem = outcome.problem ?? (passed === 0 ? 'ran no test' : null);
  console.log(`  ${problem === null ? 'ok  ' : 'FAIL'}  ${name} on Node.js ${version} (${outcome.seconds.toFixed(1)} s)`);
  if (problem !== null) console.log(`${problem}\n${outcome.output}`);
  return { release: version, name, ok: problem === null, passed, failed, seconds: outcome.seconds };
}

/** @param {Awaited<ReturnType<typeof runSuite>>[]} results */
function table (results) {
  const rows = results.map(({ release, name, ok, passed, failed, seconds }) =>
    [release, name, String(passed), String(failed), `${seconds.toFixed(0)} s`, ok ? 'ok' : 'FAILED']);
  const lines = [['Node.js', 'suite', 'passed', 'failed', 'time', ''], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

/**
 * Installs the releases, where they are missing.
 *
 * @param {string[]} chosen majors; an error where one of them is unknown
 */
async function installReleases (chosen) {
  const unknown = chosen.find((major) => !majors.includes(major));
  if (unknown !== undefined) throw new Error(`--node takes ${majors.join(', ')}, not "${unknown}"`);
  const stale = whyStale(runtimes);
  if (stale === null) return;
  console.log(`installing the releases of Node.js (${stale})`);
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], runtimes);
}

async function main () {
  const { values } = parseArgs({ options: { node: { type: 'string' }, bounded: { type: 'boolean', default: false } } });
  if (!isSupported) throw new Error('the releases in ci/test/runtimes are for Linux on x64: elsewhere, run the tests on each');
  const chosen = values.node?.split(',') ?? majors;
  await installReleases(chosen);
  const results = [];
  for (const major of chosen) {
    // `npm test` itself has run all on the release that it runs on.
    if (values.bounded && values.node === undefined && process.versions.node.startsWith(`${major}.`)) continue;
    for (const suite of values.bounded ? boundedSuites : suites) results.push(await runSuite(major, suite));
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + (result.ok ? 0 : Math.max(1, result.failed)), 0);
  console.log(`\n${table(results)}\n\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (require.main === module) {
  main().then((code) => {
    process.exitCode = code;
  }, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

module.exports = { findNode, installReleases, isSupported };
