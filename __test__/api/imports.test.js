'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { EventEmitterAsyncResource } = require('node:events');
const { join } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const RealPiscina = require('piscina');

const Piscina = require('../..');
const { version } = require('../../package.json');

const kRoot = join(__dirname, '..', '..');
const kBounded = { timeout: 60_000 };

/** The exports that piscina does not have. */
const kOwnExports = ['kernels', 'metrics'];

/** @param {object} module */
const namesOf = (module) => Object.getOwnPropertyNames(module).sort();

const importOurs = () => import(pathToFileURL(join(kRoot, 'index.mjs')).href);

test('the CommonJS export is the class, which is its own property too', () => {
  assert.equal(typeof Piscina, 'function');
  assert.equal(Piscina.name, 'Piscina');
  assert.equal(Piscina.Piscina, Piscina);
  assert.ok(Piscina.prototype instanceof EventEmitterAsyncResource);
});

test('the statics are piscina\'s and our own', () => {
  assert.deepEqual(namesOf(Piscina), [...namesOf(RealPiscina), ...kOwnExports].sort());
  assert.equal(Piscina.version, version);
  assert.equal(Piscina.isWorkerThread, false);
  assert.equal(Piscina.workerData, undefined);
  assert.equal(Piscina.transferableSymbol, RealPiscina.transferableSymbol);
  assert.equal(Piscina.valueSymbol, RealPiscina.valueSymbol);
  assert.equal(Piscina.queueOptionsSymbol, RealPiscina.queueOptionsSymbol);
  assert.equal(typeof Piscina.kernels.blake3, 'function');
});

test('the methods and properties of a pool are piscina\'s and our own', () => {
  const missing = [...namesOf(RealPiscina.prototype), Symbol.dispose, Symbol.asyncDispose]
    .filter((name) => name !== undefined && !(name in Piscina.prototype));
  assert.deepEqual(missing, []);
  for (const name of ['kernel', 'stats', 'metrics', 'trace']) assert.equal(typeof Piscina.prototype[name], 'function', name);
});

test('an ES module gets the same class and the same names', async () => {
  const ours = await importOurs();
  assert.equal(ours.default, Piscina);
  const exported = Object.getOwnPropertyNames(ours).filter((name) => name !== 'default').sort();
  const statics = namesOf(Piscina).filter((name) => !['prototype', 'length', 'name'].includes(name));
  assert.deepEqual(exported, statics);
  for (const name of statics) assert.equal(ours[name], Reflect.get(Piscina, name), name);
});

test('an ES module gets piscina\'s names', async () => {
  const [ours, theirs] = await Promise.all([importOurs(), import('piscina')]);
  const own = new Set(Object.getOwnPropertyNames(ours));
  assert.deepEqual(Object.getOwnPropertyNames(theirs).filter((name) => !own.has(name)), []);
});

test('the package is found by its name, both ways', kBounded, async () => {
  const run = promisify(execFile);
  const commonJs = await run(process.execPath, ['-p', 'require("rockpool") === require("rockpool").Piscina'],
    { cwd: kRoot });
  assert.equal(commonJs.stdout.trim(), 'true');
  const script = 'import Piscina, { move } from "rockpool"; console.log(Piscina.move === move);';
  const esm = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: kRoot });
  assert.equal(esm.stdout.trim(), 'true');
});

test('the class can be derived from', async () => {
  class Derived extends Piscina {}
  const pool = new Derived({ minThreads: 0 });
  assert.ok(pool instanceof Piscina);
  assert.equal(Derived.version, version);
  await pool.destroy();
});
