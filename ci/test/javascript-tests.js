'use strict';

const { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } = require('node:fs');
const { availableParallelism, tmpdir } = require('node:os');
const { join, relative, resolve } = require('node:path');
const { countTapTests } = require('./counts');
const { run } = require('./process');
const { tryAgainAfterStandstill } = require('./standstill');

/** A file that takes longer hangs: every test in it has its own, much smaller, limit. */
const secondsPerFile = 300;

/**
 * The test files under a file or folder, sorted. (`node --test` of Node.js 20 takes no globs.)
 *
 * @param {string} path
 * @returns {string[]}
 */
function findTestFiles (path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== 'fixtures')
    .flatMap((entry) => {
      const full = join(path, entry.name);
      if (entry.isDirectory()) return findTestFiles(full);
      return /\.test\.[cm]?js$/.test(entry.name) ? [full] : [];
    })
    .sort();
}

/**
 * Runs one file in a process of its own. The counts come from a report file, which nothing that
 * the tests print can disturb.
 *
 * @param {string} root
 * @param {string} file
 * @param {string} report
 * @param {number} seconds
 * @param {import('./standstill').Clock} [now]
 */
async function runFile (root, file, report, seconds, now) {
  rmSync(report, { force: true });
  // Set where we are ourselves part of a test: it would make the file report to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const outcome = await run(
    process.execPath,
    [
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      file
    ],
    { cwd: root, seconds, env, echo: false, now }
  );
  const counts = existsSync(report) ? countTapTests(readFileSync(report, 'utf8')) : null;
  let problem = outcome.problem;
  if (problem === null && counts === null) problem = 'ended before its tests did';
  if (problem === null && counts !== null && counts.passed + counts.failed + counts.skipped.length === 0) {
    problem = 'has no tests';
  }
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: [] };
  return {
    problem,
    passed,
    // A process that failed counts even where its tests have nothing to say about it.
    failed: problem !== null && failed === 0 ? 1 : failed,
    skipped,
    output: outcome.output,
    seconds: outcome.seconds
  };
}

/**
 * Runs the JavaScript tests, a process a file, two at a time at most: many of them start
 * Workers by the dozen, and what they measure is behaviour, not speed.
 *
 * @param {string} root
 * @param {string[]} paths files or folders; all of __test__ when empty
 * @param {number} [seconds] the limit of one file
 * @param {import('./standstill').Clock} [now]
 * @returns {Promise<{ ok: boolean, passed: number, failed: number, skipped: string[] }>}
 */
async function runJavaScriptTests (root, paths, seconds = secondsPerFile, now) {
  const targets = paths.length > 0 ? paths : [join(root, '__test__')];
  const files = targets.flatMap((path) => findTestFiles(resolve(root, path)));
  const total = { ok: files.length > 0, passed: 0, failed: 0, skipped: /** @type {string[]} */ ([]) };
  if (files.length === 0) console.log('no test files');

  const reports = mkdtempSync(join(tmpdir(), 'rockpool-tests-'));
  let next = 0;
  async function runNext () {
    while (next < files.length) {
      const index = next++;
      const file = files[index];
      const name = relative(root, file);
      const result = await tryAgainAfterStandstill(
        name,
        () => runFile(root, file, join(reports, `${index}.tap`), seconds, now),
        ({ problem }) => problem !== null,
        now
      );
      total.passed += result.passed;
      total.failed += result.failed;
      total.skipped.push(...result.skipped.map((test) => `${name}: ${test}`));
      const figures = `${result.passed} passed, ${result.failed} failed, ${result.seconds.toFixed(1)} s`;
      if (result.problem === null) {
        console.log(`  ok    ${name} (${figures})`);
      } else {
        total.ok = false;
        console.log(`  FAIL  ${name} (${figures}): ${result.problem}\n${result.output}`);
      }
    }
  }
  try {
    const lanes = Math.min(2, availableParallelism());
    await Promise.all(Array.from({ length: lanes }, runNext));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  return total;
}

module.exports = { runJavaScriptTests };
