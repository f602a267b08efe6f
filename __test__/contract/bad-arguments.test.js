'use strict';

// Every argument of the wrong type or range: an error that names it, with a stable code; from run() as a rejection.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { optionTable } = require('../../lib/options.js');
const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures', 'bad', 'good.js');
const timeout = 30_000;

/** For each option that is checked at all, what it must not be. */
const badOptions = {
  filename: [1, true, {}, [], Symbol('x'), () => {}, 'file://not/a/local/path', 'file:///a%2Fb'],
  name: [1, {}, false, Symbol('x')],
  minThreads: ['1', -1, 0.5, NaN, Infinity, null, 1n, {}],
  maxThreads: ['1', 0, -1, 1.5, NaN, Infinity, null, 1n, {}],
  idleTimeout: ['1', -1, NaN, null, {}],
  maxQueue: ['1', 'all', -1, 0.5, NaN, -Infinity, null, {}],
  concurrentTasksPerWorker: ['1', 0, -1, 1.5, NaN, null, {}],
  atomics: ['', 'on', true, 1, {}],
  resourceLimits: [1, 'x', null, true],
  argv: ['x', 1, {}],
  execArgv: ['x', 1, {}, [1]],
  env: ['x', 1, true],
  taskQueue: [1, null, {}, { size: 0 }, { size: 0, push () {}, shift () {} }, class Queue {}],
  niceIncrement: ['1', 0.5, NaN, Infinity, null, ...(process.platform === 'win32' ? [] : [-1])],
  trackUnmanagedFds: [1, 'yes', null],
  closeTimeout: ['1', -1, NaN, null],
  loadTimeout: ['1', 0, -1, NaN, null],
  stricterFIFO: [1, 'yes', null],
  loadBalancer: [1, {}, null, () => {}],
  workerHistogram: [1, 'yes', null]
};

for (const [option, values] of Object.entries(badOptions)) {
  test(`the constructor refuses what options.${option} cannot be`, { timeout }, () => {
    for (const value of values) {
      assert.throws(() => new Piscina({ [option]: value }), (error) => {
        assert.ok(error instanceof TypeError);
        assert.equal(error.code, 'ERR_ROCKPOOL_INVALID_OPTION');
        assert.equal(error.option, option);
        assert.ok(error.message.startsWith(`options.${option} `), error.message);
        return true;
      }, `${option}: ${String(value)}`);
    }
  });
}

test('every option that is checked stands in this file', () => {
  const checked = Object.entries(optionTable).filter(([, { valid }]) => valid !== undefined).map(([option]) => option);
  assert.deepEqual(Object.keys(badOptions).sort(), checked.sort());
});

test('the constructor refuses options that are no object', () => {
  for (const options of [1, 'x', true, Symbol('x'), () => {}]) {
    assert.throws(() => new Piscina(options), { name: 'TypeError', code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', argument: 'options' });
  }
});

test('the constructor refuses thread counts that conflict', () => {
  assert.throws(() => new Piscina({ minThreads: 3, maxThreads: 2 }), { name: 'RangeError', code: 'ERR_ROCKPOOL_INVALID_OPTION', option: 'minThreads, maxThreads' });
});

test('a constructor that throws leaves no worker behind', { timeout }, async (t) => {
  const { spawnSync } = require('node:child_process');
  // A worker that was left would keep the process from ending or crash it.
  const script = `
    const Piscina = require(${JSON.stringify(path.join(__dirname, '..', '..'))});
    for (const options of [{ workerData: () => {} }, { execArgv: ['--no-such-flag'] }, { minThreads: 2, resourceLimits: null }]) {
      try { new Piscina({ filename: ${JSON.stringify(filename)}, minThreads: 2, ...options }); } catch (error) { console.log(error.name); }
    }`;
  const { status, stdout, signal } = spawnSync(process.execPath, ['-e', script], { timeout: 20_000, encoding: 'utf8' });
  t.diagnostic(stdout.trim().replaceAll('\n', ', '));
  assert.deepEqual({ status, signal, stdout }, { status: 0, signal: null, stdout: 'DataCloneError\nError\nTypeError\n' });
});

/** What run() is given as its second argument, and the argument that its error names. */
const badRunOptions = [
  ['options', null], ['options', 1], ['options', 'x'], ['options', true], ['options', () => {}],
  ['transferList', { transferList: 'x' }], ['transferList', { transferList: {} }], ['transferList', { transferList: null }], ['transferList', { transferList: new ArrayBuffer(1) }],
  ['filename', { filename: 1 }], ['filename', { filename: {} }], ['filename', { filename: 'file://not/a/local/path' }],
  ['name', { name: 1 }], ['name', { name: Symbol('x') }], ['name', { name: ['default'] }],
  ['signal', { signal: 1 }], ['signal', { signal: 'x' }], ['signal', { signal: {} }], ['signal', { signal: { aborted: false } }],
  ['signal', { signal: { addEventListener: 1, removeEventListener: 1 } }], ['signal', { signal: () => {} }]
];

test('run() rejects what its options cannot be, and never throws', { timeout }, async (t) => {
  const pool = new Piscina({ filename, maxThreads: 1 });
  t.after(() => pool.destroy());
  for (const [argument, options] of badRunOptions) {
    /** @type {Promise<any>} */
    let promise = Promise.resolve();
    assert.doesNotThrow(() => { promise = pool.run(1, options); });
    await assert.rejects(promise, { name: 'TypeError', code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', argument });
  }
  assert.equal(pool.queueSize, 0);
  assert.ok(await pool.run(1) > 0);
});

test('run() rejects with what a getter of its options throws', { timeout }, async (t) => {
  const pool = new Piscina({ filename, maxThreads: 1 });
  t.after(() => pool.destroy());
  for (const option of ['transferList', 'filename', 'name', 'signal']) {
    const options = { get [option] () { throw new RangeError(`no ${option} today`); } };
    await assert.rejects(pool.run(1, options), { name: 'RangeError', message: `no ${option} today` });
  }
  assert.ok(await pool.run(1) > 0);
});

test('run() rejects where no file is named', { timeout }, async (t) => {
  const pool = new Piscina({ maxThreads: 1 });
  t.after(() => pool.destroy());
  for (const options of [undefined, {}, { filename: null }, { name: 'x' }]) {
    await assert.rejects(pool.run(1, options), { name: 'Error', code: 'ERR_ROCKPOOL_FILENAME_NOT_PROVIDED' });
  }
  assert.ok(await pool.run(1, { filename }) > 0);
});

test('run() rejects a transfer list that cannot be transferred, and runs on', { timeout }, async (t) => {
  const pool = new Piscina({ filename, maxThreads: 1 });
  t.after(() => pool.destroy());
  const buffer = new ArrayBuffer(8);
  const { port1 } = new MessageChannel();
  t.after(() => port1.close());
  const lists = [[1], ['x'], [null], [{}], [new SharedArrayBuffer(8)], [buffer, buffer], [port1, port1]];
  for (const transferList of lists) {
    await assert.rejects(pool.run(1, { transferList }), (error) => error instanceof Error || error?.name === 'DataCloneError');
  }
  assert.equal(buffer.byteLength, 8, 'a list that was refused transferred something');
  assert.ok(await pool.run(1, { transferList: [buffer] }) > 0);
  assert.equal(buffer.byteLength, 0);
});

test('close() rejects what its options cannot be, and the pool is not closed', { timeout }, async (t) => {
  const pool = new Piscina({ filename, maxThreads: 1 });
  t.after(() => pool.destroy());
  for (const [argument, options] of [['options', null], ['options', 1], ['options', 'x'], ['force', { force: 1 }], ['force', { force: 'yes' }], ['force', { force: null }]]) {
    await assert.rejects(pool.close(options), { name: 'TypeError', code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', argument });
  }
  assert.ok(await pool.run(1) > 0);
});
