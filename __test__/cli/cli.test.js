'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const {
  cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync
} = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');

const { kernels, version } = require('../..');
const { knownAnswers } = require('../../lib/cli/known-answers');

const root = join(__dirname, '..', '..');
const bin = join(root, 'bin', 'rockpool.js');
const timeout = 120_000;

/** @type {string} */
let folder;
before(() => { folder = realpathSync(mkdtempSync(join(tmpdir(), 'rockpool-cli-'))); });
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string[]} args
 * @param {{ cwd?: string, env?: object, script?: string }} [how]
 * @returns {Promise<{ code: unknown, stdout: string, stderr: string }>}
 */
function run (args, { cwd = folder, env = {}, script = bin } = {}) {
  // Set where we are ourselves part of a test: a child that inherits it would report to the runner.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd, env: { ...own, ...env }, timeout: timeout - 5_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code ?? error.signal, stdout, stderr }));
  });
}

/**
 * A copy of the package whose files may be changed.
 *
 * @param {string} name
 */
function copyPackage (name) {
  const copy = join(folder, name);
  mkdirSync(copy);
  for (const entry of ['bin', 'lib', 'index.js', 'package.json']) cpSync(join(root, entry), join(copy, entry), { recursive: true });
  return { copy, script: join(copy, 'bin', 'rockpool.js') };
}

describe('doctor', () => {
  test('tells what a report needs, and finds a healthy package healthy', { timeout }, async () => {
    const { code, stdout, stderr } = await run(['doctor']);
    assert.equal(code, 0, stdout + stderr);
    for (const part of [
      `rockpool    ${version}`, '.node (', `node        ${process.version}`, `${process.platform}-${process.arch}`,
      'a transfer', 'an abort of an endless task', 'blake3', 'All is well.'
    ]) assert.ok(stdout.includes(part), `${part} in:\n${stdout}`);
    assert.ok(!stdout.includes('FAIL'));
  });

  test('tells the same as JSON', { timeout }, async () => {
    const { code, stdout } = await run(['doctor', '--json'], { env: { ROCKPOOL_KERNEL_THREADS: '3' } });
    const { ok, machine, native, pool, kernels: tried, untested } = JSON.parse(stdout);
    assert.deepEqual([code, ok, native.threads.kernels], [0, true, 3]);
    assert.equal(machine.environment.ROCKPOOL_KERNEL_THREADS, '3');
    assert.equal(machine.rockpool.version, version);
    assert.ok(native.addon.path.endsWith('.node'));
    if (process.arch === 'x64') assert.ok(native.features.includes('sse2'));
    if (process.arch === 'arm64') assert.ok(native.features.includes('neon'));
    assert.ok(pool.length >= 8 && [...pool, ...tried].every((check) => check.ok));
    assert.deepEqual([...tried.map(({ name }) => name), ...untested].sort(), kernels.list().map(({ name }) => name).sort());
  });

  test('a wrong answer of a kernel is found, named, and the exit code', { timeout }, async () => {
    const { copy, script } = copyPackage('wrong-kernel');
    const path = join(copy, 'lib', 'kernels', 'result.js');
    const source = readFileSync(path, 'utf8');
    const spoilt = source.replace('unfold(value))', 'typeof value === "number" ? value + 1 : unfold(value))');
    assert.notEqual(spoilt, source);
    writeFileSync(path, spoilt);
    const { code, stdout } = await run(['doctor'], { script });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /FAIL {2}crc32/);
    assert.match(stdout, /ok {4}sha256/);
    assert.match(stdout, /Something is wrong/);
  });

  test('a pool that loses tasks is found', { timeout }, async () => {
    const { copy, script } = copyPackage('wrong-pool');
    writeFileSync(join(copy, 'lib', 'cli', 'worker.js'), 'module.exports = () => 0; module.exports.echo = () => 1;');
    const { code, stdout } = await run(['doctor', '--json'], { script });
    const { ok, pool } = JSON.parse(stdout);
    assert.deepEqual([code, ok], [1, false]);
    assert.ok(pool.filter((check) => !check.ok).length >= 2);
    assert.ok(pool.find((check) => !check.ok).error.length > 0);
  });

  test('without an addon it says why and tells the rest', { timeout }, async () => {
    const { copy, script } = copyPackage('no-addon');
    const native = join(copy, 'lib', 'native');
    for (const name of readdirSync(native)) if (name.endsWith('.node')) rmSync(join(native, name));
    const { code, stdout } = await run(['doctor'], { script });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /ERR_ROCKPOOL_ADDON_UNAVAILABLE/);
    assert.ok(stdout.includes(process.version));
    assert.match(stdout, /\nThe addon for this machine is missing\. Install it: npm install --save-optional rockpool-[\w-]+@\d+\.\d+\.\d+ /);
    assert.ok(!stdout.includes('report'), stdout);

    const bench = await run(['bench', '--quick'], { script });
    assert.deepEqual([bench.code, bench.stdout], [1, '']);
    assert.match(bench.stderr, /^rockpool: Cannot load rockpool's native addon .*\n\n"rockpool doctor" tells more\.\n$/);
  });

  test('a kernel of every family has a known answer', () => {
    const families = new Set(Object.keys(knownAnswers).map((name) => name.split('.')[0]));
    const listed = new Set(kernels.list().map(({ name }) => name));
    for (const name of Object.keys(knownAnswers)) assert.ok(listed.has(name), `${name} is a kernel`);
    for (const family of ['blake3', 'sha256', 'aead', 'search', 'vector', 'matrix', 'sort', 'gzip', 'zstd', 'image']) {
      assert.ok(families.has(family), family);
    }
  });
});

describe('bench', () => {
  test('without a piscina it says so and measures rockpool', { timeout }, async () => {
    const { code, stdout, stderr } = await run(['bench', '--quick']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /This project has no piscina/);
    assert.ok(stdout.includes(`rockpool ${version}`) && !stdout.includes('better by'));
    assert.match(stdout, /\nOne worker each, one round in turn; Node /);
    // Plain lines where it is no terminal.
    assert.match(stderr, /1\/6 .*: rockpool, round 1\n/);
    assert.ok(!stderr.includes('\x1b'));
  });

  test('with the piscina of the project it compares', { timeout }, async () => {
    const project = join(folder, 'project');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(join(root, 'node_modules', 'piscina'), join(project, 'node_modules', 'piscina'), 'junction');
    const { code, stdout, stderr } = await run(['bench', '--quick', '--json'], { cwd: project });
    assert.equal(code, 0, stderr);
    const { contestants, results } = JSON.parse(stdout);
    assert.deepEqual(contestants, [
      { name: 'rockpool', version },
      { name: 'piscina', version: require('../../node_modules/piscina/package.json').version }
    ]);
    assert.equal(results.length, 6);
    for (const { values, ratio, moreIsBetter, title } of results) {
      assert.ok(values.length === 2 && values.every((value) => value > 0), title);
      assert.equal(ratio, moreIsBetter ? values[0] / values[1] : values[1] / values[0]);
    }
  });
});

describe('the command', () => {
  test('says its version and what it can', { timeout }, async () => {
    assert.equal((await run(['--version'])).stdout, `${version}\n`);
    const { code, stdout } = await run(['--help']);
    assert.equal(code, 0);
    assert.ok(stdout.includes('rockpool doctor') && stdout.includes('rockpool bench'));
  });

  for (const args of [[], ['cure'], ['doctor', 'bench'], ['doctor', '--unknown'], ['doctor', '--quick']]) {
    test(`refuses "${args.join(' ')}"`, { timeout }, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.ok(stderr.startsWith('rockpool: ') && stderr.includes('rockpool doctor'));
    });
  }

  test('package.json names it', () => {
    assert.deepEqual(require('../../package.json').bin, { rockpool: 'bin/rockpool.js' });
  });
});
