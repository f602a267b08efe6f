'use strict';

// Runs piscina's own test suite, as it lies in the installed development dependency, against rockpool.
//
//   node ci/conformance/run.js                    runs, and writes docs/conformance.json and docs/conformance.md
//   node ci/conformance/run.js --check            runs, and fails when a test fails that is no named divergence
//   node ci/conformance/run.js --engine piscina   the same on piscina itself: the baseline
//   node ci/conformance/run.js --file abort       only the test files whose name contains this; writes nothing

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { buildTree, engineNames, piscinaRoot } = require('./tree.js');
const { Watch, tryAgainAfterStandstill } = require('../test/standstill.js');

/** @typedef {{ name: string, outcome: 'pass' | 'fail' | 'skip', message?: string }} TestResult */
/** @typedef {{ tests: number, pass: number, fail: number, skip: number }} Score */
/** @typedef {Record<string, TestResult[]>} Results */
/** @typedef {{ file: string, test: string, outcome: 'fail' | 'skip', reason: string }} Divergence */

const docs = path.resolve(__dirname, '..', '..', 'docs');
const jsonFile = path.join(docs, 'conformance.json');
const markdownFile = path.join(docs, 'conformance.md');
const reporter = path.join(__dirname, 'reporter.js');
/** @type {Divergence[]} */
const divergences = JSON.parse(fs.readFileSync(path.join(__dirname, 'divergences.json'), 'utf8'));

/** A file that has not ended by then hangs; the longest takes some seconds. */
const fileTimeout = 120_000;

/** The name under which a file that fails outside its tests is listed. */
const wholeFile = '(the file)';

/**
 * Runs one test file in a process group of its own, so that its children are ended with it when it hangs.
 *
 * @param {string} directory
 * @param {string} file
 * @returns {Promise<TestResult[]>}
 */
function runFile (directory, file) {
  return new Promise((resolve, reject) => {
    const args = ['--enable-source-maps', '--import=tsx', '--test', `--test-reporter=${reporter}`, file];
    const child = spawn(process.execPath, args, {
      cwd: directory,
      detached: process.platform !== 'win32',
      // A runner inside a runner would report to the outer one.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      stdio: ['ignore', 'pipe', 'pipe']
    });
    let output = '';
    let errors = '';
    let hangs = false;
    child.stdout.setEncoding('utf8').on('data', (chunk) => { output += chunk; });
    child.stderr.setEncoding('utf8').on('data', (chunk) => { errors += chunk; });
    const watch = new Watch({
      limit: fileTimeout,
      onLimit () {
        hangs = true;
        if (process.platform === 'win32') child.kill('SIGKILL');
        else process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
      }
    });
    child.on('error', (error) => {
      watch.stop();
      reject(error);
    });
    child.on('close', (code) => {
      watch.stop();
      /** @type {TestResult[]} */
      const results = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      // node:test reports a file that fails outside its tests as a test of the file's name.
      const ownName = path.join(directory, file);
      const tests = unique(results.filter(({ name }) => name !== ownName));
      /** @param {string} message */
      const failFile = (message) => tests.push({ name: wholeFile, outcome: 'fail', message });
      if (hangs) failFile(`the file did not end within ${fileTimeout / 1000} s`);
      else if (tests.length < results.length) failFile(`the file failed with exit code ${code}: ${reasonIn(errors, directory)}`);
      else if (tests.length === 0) failFile(`no test was reported: ${reasonIn(errors, directory)}`);
      else if (code !== 0 && tests.every(({ outcome }) => outcome !== 'fail')) failFile(`the file ended with exit code ${code}`);
      resolve(tests);
    });
  });
}

/**
 * The first line of a process's output that names an error, without the tree's random name.
 *
 * @param {string} errors
 * @param {string} directory
 * @returns {string}
 */
function reasonIn (errors, directory) {
  const lines = errors.trim().replaceAll(directory, '.').split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0];
}

/**
 * piscina has tests of the same name in one file; here each gets its own.
 *
 * @param {TestResult[]} results
 * @returns {TestResult[]}
 */
function unique (results) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return results.map((result) => {
    const count = (seen.get(result.name) ?? 0) + 1;
    seen.set(result.name, count);
    return count === 1 ? result : { ...result, name: `${result.name} (${count})` };
  });
}

/**
 * @param {TestResult[]} results
 * @returns {Score}
 */
function scoreOf (results) {
  const score = { tests: results.length, pass: 0, fail: 0, skip: 0 };
  for (const { outcome } of results) score[outcome]++;
  return score;
}

/**
 * @param {Record<string, Score>} scores
 * @returns {Score}
 */
function total (scores) {
  const sum = { tests: 0, pass: 0, fail: 0, skip: 0 };
  for (const score of Object.values(scores)) {
    sum.tests += score.tests;
    sum.pass += score.pass;
    sum.fail += score.fail;
    sum.skip += score.skip;
  }
  return sum;
}

/**
 * A file that hangs or dies reports fewer tests than it has: those count as failed.
 *
 * @param {Results} results
 * @param {Record<string, Score> | undefined} baseline
 */
function addUnreported (results, baseline) {
  for (const [file, list] of Object.entries(results)) {
    const ofFile = list.findIndex(({ name }) => name === wholeFile);
    const reported = list.length - (ofFile === -1 ? 0 : 1);
    const expected = baseline?.[file]?.tests ?? 0;
    if (reported >= expected) continue;
    const message = ofFile === -1 ? 'was never reported' : list.splice(ofFile, 1)[0].message;
    for (let index = reported; index < expected; index++) {
      list.push({ name: `(test ${index + 1} of the file)`, outcome: 'fail', message });
    }
  }
}

/**
 * Every test that did not pass, with its reason where the divergences name one.
 *
 * @param {Results} results
 */
function exceptionsOf (results) {
  return Object.entries(results).flatMap(([file, list]) => list
    .filter(({ outcome }) => outcome !== 'pass')
    .map((result) => ({
      file,
      ...result,
      reason: divergences.find((entry) => entry.file === file && entry.test === result.name && entry.outcome === result.outcome)?.reason
    })));
}

/**
 * @param {Record<string, { scores: Record<string, Score>, exceptions: ReturnType<typeof exceptionsOf> }>} engines
 * @param {string} version
 * @returns {string}
 */
function render (engines, version) {
  const names = engineNames.filter((name) => engines[name] !== undefined);
  const files = [...new Set(names.flatMap((name) => Object.keys(engines[name].scores)))].sort();
  /** @param {Score | undefined} score */
  const cells = (score) => (score === undefined ? '– | – | –' : `${score.pass} | ${score.fail} | ${score.skip}`);
  /** @param {string} text */
  const cell = (text) => text.replaceAll('|', '\\|');
  return [
    '<!-- Generated by `npm run conformance`. Do not edit. -->',
    '# Conformance',
    '',
    `piscina ${version}'s own test suite, run as it is in the npm package. The same harness runs it on piscina itself, as the baseline.`,
    '',
    '| engine | tests | passed | failed | skipped |',
    '|---|--:|--:|--:|--:|',
    ...names.map((name) => {
      const { tests, pass, fail, skip } = total(engines[name].scores);
      return `| ${name} | ${tests} | ${pass} | ${fail} | ${skip} |`;
    }),
    '',
    '## Not passed',
    '',
    '| engine | file | test | outcome | reason |',
    '|---|---|---|---|---|',
    ...names.flatMap((name) => engines[name].exceptions.map(({ file, name: test, outcome, message, reason }) =>
      `| ${name} | ${file} | ${cell(test)} | ${outcome} | ${cell(reason ?? `not explained: ${message ?? ''}`)} |`)),
    '',
    '## By file',
    '',
    `| file | ${names.map((name) => `${name}: passed | failed | skipped`).join(' | ')} |`,
    `|---|${names.map(() => '--:|--:|--:').join('|')}|`,
    ...files.map((file) => `| ${file} | ${names.map((name) => cells(engines[name].scores[file])).join(' | ')} |`),
    ''
  ].join('\n');
}

/**
 * What must stop a merge: a failure or a skip without a reason, and a named divergence that is none (any more). What is
 * skipped depends on the platform and on Node, so a skip that did not happen is no fault.
 *
 * @param {Results} results
 * @param {string} engine
 * @returns {string[]}
 */
function complaints (results, engine) {
  const unexplained = exceptionsOf(results)
    .filter(({ reason }) => reason === undefined)
    .map(({ file, name, outcome, message }) => `${outcome}: ${file}: ${name}${message ? `: ${message}` : ''}`);
  const stale = divergences
    .filter(({ outcome }) => outcome === 'fail' && engine === 'rockpool')
    .filter(({ file, test }) => !results[file]?.some((result) => result.name === test && result.outcome === 'fail'))
    .map(({ file, test }) => `a named divergence that does not fail: ${file}: ${test}`);
  return [...unexplained, ...stale];
}

async function main () {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'rockpool' },
      file: { type: 'string' },
      check: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false }
    }
  });
  const engine = /** @type {string} */ (values.engine);
  const recorded = fs.existsSync(jsonFile) ? JSON.parse(fs.readFileSync(jsonFile, 'utf8')) : {};
  const tree = buildTree(engine);
  /** @type {Results} */
  const results = {};
  const started = performance.now();
  try {
    for (const file of tree.files) {
      const name = path.basename(file);
      if (values.file !== undefined && !name.includes(values.file)) continue;
      const hasFailed = (/** @type {TestResult[]} */ list) => list.some(({ outcome }) => outcome === 'fail');
      results[name] = await tryAgainAfterStandstill(name, () => runFile(tree.directory, file), hasFailed);
      addUnreported({ [name]: results[name] }, recorded.piscina?.scores);
      const { tests, pass, fail, skip } = scoreOf(results[name]);
      console.log(`${fail === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(45)} ${pass}/${tests} passed${skip > 0 ? `, ${skip} skipped` : ''}`);
      for (const result of results[name]) {
        if (result.outcome === 'fail') console.log(`       ${result.name}: ${result.message}`);
      }
    }
  } finally {
    if (values.keep) console.log(`kept ${tree.directory}`);
    else tree.remove();
  }

  const scores = Object.fromEntries(Object.entries(results).map(([name, list]) => [name, scoreOf(list)]));
  const { tests, pass, fail, skip } = total(scores);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`\n${engine}: ${tests} tests, ${pass} passed, ${fail} failed, ${skip} skipped (${seconds} s)`);

  if (values.file !== undefined) {
    process.exitCode = fail === 0 ? 0 : 1;
    return;
  }
  if (values.check) {
    const found = complaints(results, engine);
    for (const complaint of found) console.error(complaint);
    process.exitCode = found.length === 0 ? 0 : 1;
    return;
  }
  const engines = { ...recorded, [engine]: { scores, exceptions: exceptionsOf(results) } };
  const { version } = JSON.parse(fs.readFileSync(path.join(piscinaRoot, 'package.json'), 'utf8'));
  fs.mkdirSync(docs, { recursive: true });
  fs.writeFileSync(jsonFile, `${JSON.stringify(engines, null, 2)}\n`);
  fs.writeFileSync(markdownFile, render(engines, version));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
