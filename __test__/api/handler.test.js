'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdir, mkdtemp, rm, symlink, writeFile } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join, relative, sep } = require('node:path');
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
  ['plain.data', 'default', 'of an unknown extension'],
  ['esm-package/plain-typescript.ts', 'default', 'plain'],
  ['esm-package/plain-typescript.mts', 'default', 'plain'],
  ['names-its-exports.mjs', 'default', 'whole'],
  ['names-its-exports.mjs', 'part', 'part'],
  ['names-its-exports-later.mjs', 'default', 'whole'],
  ['esm-package/names-its-exports.js', 'default', 'whole'],
  ['esm-package/names-its-exports.js', 'part', 'part']
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
  ['module.mjs', 'other'],
  ['names-its-exports.mjs', 'named'],
  ['esm-package/names-its-exports.js', 'named']
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

/** @type {[string, string][]} What makes the stack of an error say nothing about the file that has thrown it. */
const kOtherStacks = [
  ['source maps', '--enable-source-maps'],
  ['no stack at all', '--require=./no-stack.js']
];

for (const [what, option] of kOtherStacks) {
  test(`a file that has begun to run is not loaded again, whatever the stack says: ${what}`, kBounded, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'handler-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'no-stack.js'), "Error.prepareStackTrace = () => 'no stack';");
    const map = { version: 3, sources: ['source.ts'], names: [], mappings: 'AAAA;AACA;AACA;AACA' };
    const later = JSON.stringify(fixture('esm-package/top-level-await.js'));
    const files = [`require(${later});`, `require('node:module').createRequire(__filename)(${later});`, `JSON.parse('{');`,
      `new Function('}');`, `throw Object.assign(new Error('no'), { code: 'ERR_REQUIRE_ESM' });`];
    for (const [number, line] of files.entries()) {
      const filename = join(folder, `compiled-${number}.js`);
      await writeFile(filename, [
        'globalThis.evaluations = (globalThis.evaluations ?? 0) + 1;',
        line,
        'module.exports = () => null;',
        `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
      ].join('\n'));
      const [report] = await load([{ filename }], { execArgv: [option.replace('.', folder)] });
      assert.equal(report.code, 'ERR_ROCKPOOL_LOAD_FAILED', line);
      assert.equal(report.evaluations, 1, line);
    }
  });
}

test('a file that somebody else is just importing is loaded, once', kBounded, async () => {
  const worker = `
    const { parentPort, workerData: { handlerModule, filename, url } } = require('node:worker_threads');
    const { loadHandler } = require(handlerModule);
    (async () => {
      const other = import(url);
      const handler = await loadHandler(filename, 'default');
      parentPort.postMessage({ result: handler(), isSame: handler === (await other).default });
    })();`;
  const handlerModule = require.resolve('../../lib/worker/handler');
  for (const name of ['module.mjs', 'esm-package/plain.js', 'esm-package/top-level-await.js']) {
    const filename = fixture(name);
    const workerData = { handlerModule, filename, url: pathToFileURL(filename).href };
    const [{ isSame }] = await once(new Worker(worker, { eval: true, workerData }), 'message');
    assert.ok(isSame, name);
  }
});

test('TypeScript that Node cannot read is refused with the error that says so', kBounded, async () => {
  const { code, message, result } = await loadOne(fixture('esm-package/typed.ts'));
  if (process.features.typescript) {
    assert.equal(result, 'typed', message);
  } else {
    assert.equal(code, 'ERR_ROCKPOOL_LOAD_FAILED');
    assert.match(message, /Unknown file extension "\.ts"/);
  }
});

const noBackslash = sep === '\\' && 'a path has no backslash here but between folders';
test('an ES module with a backslash in its name is loaded, as itself', { ...kBounded, skip: noBackslash }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'handler-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'with\\backslash'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'dependency.mjs'), 'export const url = import.meta.url;');
  const lines = `import { url } from '../dependency.mjs'; export default () => [import.meta.url, url];`;
  for (const name of ['a\\b.mjs', 'a\\b.js', 'plain.mjs']) {
    for (const [kind, line] of [['sync', ''], ['async', 'await null;\n']]) {
      const filename = join(folder, 'with\\backslash', `${kind}-${name}`);
      await writeFile(filename, line + lines);
      const [report] = await load([{ filename }, { filename: pathToFileURL(filename).href }]);
      assert.deepEqual(report.result, [filename, join(folder, 'dependency.mjs')].map((path) => pathToFileURL(path).href), report.message);
    }
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
