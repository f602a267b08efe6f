'use strict';

// Starts each example as its README says and reads what it prints. `node ci/setup.js --examples` first.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { readFileSync, readdirSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { test } = require('node:test');

const timeout = 60_000;

/**
 * @param {string} folder
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>} what it has printed
 */
function start (folder, args, env = {}) {
  // Set where we are ourselves part of a test: a child that inherits it would report to the runner.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const options = { cwd: path.join(__dirname, folder), env: { ...inherited, ...env }, timeout: timeout - 5_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${folder}: ${error.signal ?? error.code}\n${stdout}\n${stderr}`));
    });
  });
}

/**
 * The program that a package of the examples brings along.
 *
 * @param {string} name
 */
function programOf (name) {
  const file = path.join(__dirname, 'node_modules', name, 'package.json');
  const { bin } = JSON.parse(readFileSync(file, 'utf8'));
  return createRequire(file).resolve(path.resolve(path.dirname(file), typeof bin === 'string' ? bin : bin[name]));
}

/** @type {Map<string, (folder: string) => Promise<void>>} */
const examples = new Map();

/**
 * @param {string} folder
 * @param {(RegExp | string)[]} lines
 */
function prints (folder, lines) {
  examples.set(folder, async () => {
    const printed = (await start(folder, ['.'])).trimEnd().split('\n');
    assert.equal(printed.length, lines.length, printed.join('\n'));
    lines.forEach((line, index) => {
      if (typeof line === 'string') assert.equal(printed[index], line);
      else assert.match(printed[index], line);
    });
  });
}

prints('simple', [
  '2147483647 is prime: true',
  '1229 primes below 10000'
]);

examples.set('typescript', async (folder) => {
  assert.equal(await start(folder, [programOf('tsx'), 'index.ts']), 'to be or not to be\nto 2, be 2, or 1, not 1\n');
});

prints('abort', [
  'time limit: AbortError, because of a TimeoutError',
  'one signal: 1000 tasks aborted, because the user has gone',
  'either: ABORT_ERR',
  'asked: ended by itself'
]);

prints('transfer', [
  'here: 0 bytes',
  'back: 16777216 bytes, the first is 200',
  'again: the first is 255, here are 0 bytes'
]);

prints('kernels', [
  /^there are \d+ kernels, on \d+ threads of their own$/,
  'meanwhile: 0 bytes here',
  'afterwards: 8388608 bytes, BLAKE3 a65735da151caa93',
  '"two" occurs 2 times, CRC-32 2753117545',
  'SHA-256: ca978112, 3e23e816, 2e7d2c03',
  /^XXH3: \d{15,20}$/
]);

prints('pipeline', [
  /^plain [0-9a-f]{16}, tag of 16 bytes, sealed 32 bytes of SHA-256$/,
  'opened: "attack at dawn", the same hash: true',
  'ERR_ROCKPOOL_KERNEL_AUTHENTICATION in step 0, 14 bytes are back'
]);

examples.set('http-server', async (folder) => {
  const rows = (await start(folder, ['index.js', '2'])).split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const table = new Map(rows.slice(2).map(([, name, ...cells]) => [name, cells.slice(0, 2).map(Number)]));
  for (const name of ['work, requests/s', 'health, answers']) {
    const cells = table.get(name) ?? [];
    assert.ok(cells.length === 2 && cells.every((cell) => cell > 0), `${name}: ${cells}`);
  }
  for (const name of ['work, median ms', 'health, median ms', 'health, p99 ms', 'event loop late by, p99 ms']) {
    assert.ok(table.get(name)?.every((cell) => Number.isFinite(cell)), name);
  }
  assert.deepEqual(table.get('errors'), [0, 0]);
});

prints('react-ssr', [
  '<!doctype html><html><head><title>Tea</title></head><body><h1>Tea</h1><ul><li><b>Assam</b> <!-- -->4.50 €</li></ul></body></html>',
  '50 pages of 19 kB'
]);

prints('async-local-storage', [
  'request 0: TEA (request 0 in the worker)',
  'request 1: COFFEE (request 1 in the worker)',
  'request 2: COCOA (request 2 in the worker)'
]);

examples.set('jest', async (folder) => {
  const { numPassedTests, numFailedTests } = JSON.parse(await start(folder, [programOf('jest'), '--ci', '--json']));
  assert.deepEqual([numPassedTests, numFailedTests], [5, 0]);
});

examples.set('vitest', async (folder) => {
  for (const pool of ['forks', 'threads']) {
    const report = JSON.parse(await start(folder, [programOf('vitest'), 'run', '--reporter=json', `--pool=${pool}`]));
    assert.deepEqual([report.numPassedTests, report.numFailedTests], [5, 0]);
  }
});

prints('embeddings', [
  'is the queue full of tasks?',
  /^ {2}0\.\d\d When the queue is full, further tasks are refused\.$/,
  /^ {2}0\.\d\d A worker takes the oldest task from the queue\.$/,
  'recipe for bread with yeast',
  /^ {2}0\.\d\d The oldest bread recipe uses no yeast\.$/,
  /^ {2}0\.\d\d Bread is baked from flour, water, salt and yeast\.$/
]);

for (const [folder, check] of examples) {
  test(`examples/${folder} does what it says`, { timeout }, () => check(folder));
}

test('every folder of examples is tested and stands in the README', () => {
  const folders = readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name)
    .sort();
  assert.deepEqual([...examples.keys()].sort(), folders);
  const readme = readFileSync(path.join(__dirname, 'README.md'), 'utf8');
  assert.deepEqual([...readme.matchAll(/^\| \[([\w-]+)\]\(\1\) \|/gm)].map(([, name]) => name).sort(), folders);
});
