'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtemp, rm, symlink, writeFile } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join, relative } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { Worker } = require('node:worker_threads');

const kFixtures = join(__dirname, '..', 'fixtures', 'handlers');
const kBounded = { timeout: 30_000 };

/** @param {string} name */
const fixture = (name) => join(kFixtures, name);

/**
 * Loads handlers in one new Worker, one after the other.
 *
 * @param {Array<{ filename: string, name?: string }>} wanted
 * @param {import('node:worker_threads').WorkerOptions} [options]
 */
async function load (wanted, options) {
  const worker = new Worker(fixture('worker.js'), {
    workerData: wanted.map(({ filename, name = 'default' }) => ({ filename, name })),
    ...options
  });
  const [[reports], [exitCode]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.equal(exitCode, 0);
  return reports;
}

/** @param {string} filename @param {string} [name] */
async function loadOne (filename, name) {
  const [report] = await load([{ filename, name }]);
  return report;
}

const kFound = [
  ['function.js', 'default', 'whole'],
  ['function.js', 'part', 'part'],
  ['object.js', 'default', 'default'],
  ['object.js', 'named', 'named'],
  ['object.js', 'later', 'later'],
  ['transpiled.js', 'default', 'default'],
  ['transpiled.js', 'named', 'named'],
  ['transpiled-function.js', 'default', 'whole'],
  ['transpiled-function.js', 'any', 'whole'],
  ['promise.js', 'default', 'promised'],
  ['module.mjs', 'default', 'default'],
  ['module.mjs', 'named', 'named'],
  ['module.mjs', 'later', 'later'],
  ['top-level-await.mjs', 'default', 'awaited'],
  ['esm-package/plain.js', 'default', 1],
  ['esm-package/plain.js', 'named', 'named'],
  ['esm-package/top-level-await.js', 'default', 1],
  ['plain.data', 'default', 'of an unknown extension']
];

for (const [file, name, result] of kFound) {
  test(`the export "${name}" of ${file} is found`, kBounded, async () => {
    const report = await loadOne(fixture(file), name);
    assert.equal(report.result, result, report.message);
    assert.equal(report.before, false);
    assert.equal(report.after, true, 'the next task finds it at once');
  });
}

const kNotFound = [
  ['function.js', 'other'],
  ['function.js', 'notAFunction'],
  ['function.js', 'toString'],
  ['function.js', 'call'],
  ['object.js', 'toString'],
  ['object.js', 'constructor'],
  ['object.js', '__proto__'],
  ['transpiled.js', 'hasOwnProperty'],
  ['module.mjs', 'toString'],
  ['module.mjs', 'other']
];

for (const [file, name] of kNotFound) {
  test(`"${name}" is no export of ${file}`, kBounded, async () => {
    const { code, message } = await loadOne(fixture(file), name);
    assert.equal(code, 'ERR_ROCKPOOL_NO_HANDLER');
    assert.equal(message, `No handler function exported from ${fixture(file)}`);
  });
}

test('a file that fails to load is evaluated once, and its first error is the cause', kBounded, async () => {
  for (const file of ['throws.js', 'throws.mjs']) {
    const filename = fixture(file);
    const reports = await load([{ filename }, { filename }, { filename, name: 'other' }]);
    for (const { code, message, cause, evaluations } of reports) {
      assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
      assert.match(message, /throws\.m?js: no licence$/);
      assert.ok(cause instanceof RangeError);
      assert.equal(cause.message, 'no licence');
      assert.equal(evaluations, 1);
    }
  }
});

test('an ES module that CommonJS cannot load is evaluated once', kBounded, async () => {
  const reports = await load([
    { filename: fixture('esm-package/top-level-await.js') },
    { filename: pathToFileURL(fixture('esm-package/top-level-await.js')).href }
  ]);
  assert.deepEqual(reports.map(({ result }) => result), [1, 1]);
});

test('a file that has begun to run is not loaded again because of what it requires', kBounded, async () => {
  for (const [file, pattern] of [
    ['requires-top-level-await.js', /ES ?M/],
    ['missing-dependency.js', /Cannot find module '\.\/there-is-no-such-file'/]
  ]) {
    const { code, message, evaluations } = await loadOne(fixture(file));
    assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
    assert.match(message, pattern);
    assert.equal(evaluations, 1);
  }
});

test('a file that does not exist is named by the error, and found once it is there', kBounded, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'handler-'));
  t.after(() => rm(folder, { recursive: true }));
  const filename = join(folder, 'late.js');

  const worker = `
    const { parentPort, workerData: { handlerModule, filename } } = require('node:worker_threads');
    const { writeFileSync } = require('node:fs');
    const { loadHandler } = require(handlerModule);
    (async () => {
      const error = await (async () => loadHandler(filename, 'default'))().then(() => null, (error) => error);
      writeFileSync(filename, 'module.exports = () => 1;');
      const handler = await loadHandler(filename, 'default');
      parentPort.postMessage({ code: error.code, message: error.message, result: handler() });
    })();`;
  const handlerModule = require.resolve('../../lib/worker/handler');
  const [report] = await once(new Worker(worker, { eval: true, workerData: { handlerModule, filename } }), 'message');

  assert.equal(report.code, 'ERR_ROCKPOOL_LOAD_FAILED');
  assert.match(report.message, /Cannot find module/);
  assert.ok(report.message.includes(filename));
  assert.equal(report.result, 1);
});

test('a syntax error is the cause', kBounded, async () => {
  const { code, cause } = await loadOne(fixture('syntax-error.js'));
  assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
  assert.ok(cause instanceof SyntaxError);
});

test('whatever a file throws is the cause, null too', kBounded, async () => {
  const { code, message, cause } = await loadOne(fixture('throws-null.js'));
  assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
  assert.equal(cause, null);
  assert.match(message, /: null$/);
});

test('a rejected promise as the export is a load error', kBounded, async () => {
  const { code, message, cause } = await loadOne(fixture('rejects.js'));
  assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
  assert.match(message, /no licence/);
  assert.ok(cause instanceof RangeError);
});

test('a module that waits for nothing never finishes loading, and others still load', kBounded, async () => {
  for (const file of ['never-settles.mjs', 'never-settles.js']) {
    const filename = fixture(file);
    const [first, second, third] = await load([{ filename }, { filename }, { filename: fixture('promise.js') }]);
    for (const { code, message } of [first, second]) {
      assert.equal(code, 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED');
      assert.match(message, /never finished loading/);
      assert.ok(message.includes(file));
    }
    assert.equal(third.result, 'promised');
  }
});

test('a CommonJS handler is there without a promise, at first and later', kBounded, async () => {
  const filename = fixture('function.js');
  const reports = await load([{ filename }, { filename, name: 'part' }, { filename }]);
  assert.deepEqual(reports.map(({ synchronous }) => synchronous), [true, true, true]);
  assert.deepEqual(reports.map(({ before }) => before), [false, false, true]);
});

test('names of files and exports are kept apart', kBounded, async () => {
  const filename = fixture('function.js');
  await load([{ filename }]);
  const [, report] = await load([{ filename, name: 'part' }, { filename: fixture('function.js/part'), name: 'x' }]);
  assert.equal(report.code, 'ERR_ROCKPOOL_LOAD_FAILED');
});

test('a file: URL, a path behind a link, a relative path and a built-in module are files too', kBounded, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'handler-'));
  t.after(() => rm(folder, { recursive: true }));
  const link = join(folder, 'link.js');
  await symlink(fixture('function.js'), link);

  const reports = await load([
    { filename: pathToFileURL(fixture('function.js')).href },
    { filename: pathToFileURL(fixture('module.mjs')).href },
    { filename: link },
    { filename: relative(process.cwd(), fixture('function.js')) },
    { filename: `./${relative(process.cwd(), fixture('module.mjs'))}` },
    { filename: 'node:os', name: 'platform' }
  ]);
  assert.deepEqual(reports.map(({ result, message }) => result ?? message),
    ['whole', 'default', 'whole', 'whole', 'default', process.platform]);
});

test('more files than are remembered are loaded once each', kBounded, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'handler-'));
  t.after(() => rm(folder, { recursive: true }));
  const filenames = Array.from({ length: 1100 }, (_, index) => join(folder, `${index}.js`));
  const source = 'globalThis.loads = (globalThis.loads ?? 0) + 1; module.exports = () => globalThis.loads;';
  await Promise.all(filenames.map((filename) => writeFile(filename, source)));

  const reports = await load([...filenames, ...filenames].map((filename) => ({ filename })));
  assert.deepEqual(new Set(reports.map(({ message }) => message)), new Set([undefined]));
  assert.equal(reports.at(-1).result, filenames.length);
});

test('a TypeScript file loads through a loader given to the worker', kBounded, async () => {
  const [report] = await load([{ filename: fixture('typed.ts') }], { execArgv: ['--import', 'tsx'] });
  assert.equal(report.result, 'typed', report.message);
});
