'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, dirname, join } = require('node:path');
const { afterEach, beforeEach, describe, test } = require('node:test');
const addon = require('../../ci/build/stamp');
const dependencies = require('../../ci/build/dependencies');

const root = join(__dirname, '..', '..');
const timeout = 60_000;

/** @type {string} */
let clone;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'rockpool-setup-'));
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/**
 * @param {string} path
 * @param {string | object} content
 */
function write (path, content) {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('dependencies', () => {
  const one = { version: '1.0.0', integrity: 'sha512-one' };

  beforeEach(() => {
    write('package-lock.json', {
      packages: { '': {}, 'node_modules/one': one, 'node_modules/other-os': { ...one, optional: true } }
    });
    write('node_modules/.package-lock.json', { packages: { 'node_modules/one': one } });
    write('node_modules/one/package.json', {});
  });

  test('are there when npm noted what the lock file says; another platform\'s binaries may lack', () => {
    assert.equal(dependencies.whyStale(clone), null);
  });

  test('are missing in a fresh clone', () => {
    rmSync(join(clone, 'node_modules'), { recursive: true });
    assert.equal(dependencies.whyStale(clone), 'nothing is installed');
  });

  test('are stale when a version or its content differs', () => {
    const packages = { 'node_modules/one': { ...one, version: '0.9.0' } };
    write('node_modules/.package-lock.json', { packages });
    assert.match(String(dependencies.whyStale(clone)), /is 0\.9\.0 and the lock file says 1\.0\.0/);
    write('node_modules/.package-lock.json', { packages: { 'node_modules/one': { ...one, integrity: 'x' } } });
    assert.notEqual(dependencies.whyStale(clone), null);
  });

  test('are stale when a package is missing, deleted by hand, or not in the lock file', () => {
    write('node_modules/.package-lock.json', { packages: {} });
    assert.equal(dependencies.whyStale(clone), 'node_modules/one is missing');
    write('node_modules/.package-lock.json', { packages: { 'node_modules/one': one, 'node_modules/two': one } });
    assert.equal(dependencies.whyStale(clone), 'node_modules/two is not in the lock file');
    rmSync(join(clone, 'node_modules', 'one'), { recursive: true });
    assert.equal(dependencies.whyStale(clone), 'node_modules/one is missing');
  });

  test('are stale after an install that was cut short', () => {
    write('node_modules/.package-lock.json', '{"packages": {');
    assert.notEqual(dependencies.whyStale(clone), null);
  });
});

describe('the addon', () => {
  beforeEach(() => {
    write('package.json', { scripts: { build: 'napi build' } });
    write('Cargo.toml', '[package]');
    write('src/lib.rs', '//! core');
    write('src/scheduler/mod.rs', '//! scheduler');
    write('lib/native/rockpool.linux.node', 'binary');
    addon.writeStamp(clone, addon.hashInputs(clone));
  });

  test('is not built again when nothing changed', () => {
    assert.equal(addon.whyStale(clone), null);
  });

  test('is not built again when a file was only written anew', () => {
    write('src/lib.rs', '//! core');
    assert.equal(addon.whyStale(clone), null);
  });

  test('is built when it is missing', () => {
    rmSync(join(clone, 'lib', 'native'), { recursive: true });
    assert.equal(addon.whyStale(clone), 'it was never built');
  });

  for (const path of ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src/scheduler/mod.rs', 'src/new.rs']) {
    test(`is built when ${path} changes`, () => {
      write(path, 'something else');
      assert.equal(addon.whyStale(clone), 'its sources changed');
    });
  }

  test('is built when a source moves', () => {
    rmSync(join(clone, 'src', 'scheduler', 'mod.rs'));
    write('src/scheduler.rs', '//! scheduler');
    assert.equal(addon.whyStale(clone), 'its sources changed');
  });

  test('is built when somebody built it by hand, or lost the stamp', () => {
    write('lib/native/rockpool.linux.node', 'another binary');
    assert.equal(addon.whyStale(clone), 'it was built by hand since');
    rmSync(join(clone, 'target'), { recursive: true });
    assert.notEqual(addon.whyStale(clone), null);
  });
});

describe('a machine without a tool', { skip: process.platform === 'win32' && 'programs are shell scripts here' }, () => {
  /**
   * Runs a script of a clone that has nothing built or installed, with only these programs.
   *
   * @param {string} script
   * @param {Record<string, string>} programs shell scripts by name
   */
  function runWith (script, programs) {
    for (const path of ['ci', 'package.json', 'package-lock.json', 'Cargo.toml']) {
      cpSync(join(root, path), join(clone, path), { recursive: true, filter: (file) => basename(file) !== 'node_modules' });
    }
    mkdirSync(join(clone, 'bin'));
    symlinkSync(process.execPath, join(clone, 'bin', 'node'));
    for (const [name, text] of Object.entries(programs)) {
      write(`bin/${name}`, `#!/bin/sh\n${text}\n`);
      chmodSync(join(clone, 'bin', name), 0o755);
    }
    return spawnSync(join(clone, 'bin', 'node'), [join(clone, script)], {
      cwd: clone,
      encoding: 'utf8',
      env: { PATH: join(clone, 'bin') },
      timeout
    });
  }

  for (const script of ['ci/setup.js', 'ci/test/run.js']) {
    test(`${script} says in one line that cargo is missing`, { timeout }, () => {
      const { status, stderr, stdout } = runWith(script, {});
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^rockpool needs cargo \(Rust [\d.]+ or later\).*https:\/\/rustup\.rs\n$/);
    });
  }

  test('a C compiler', { timeout }, () => {
    const { status, stderr } = runWith('ci/setup.js', { cargo: 'echo "cargo 1.99.0"' });
    assert.equal(status, 1);
    assert.match(stderr, /^rockpool needs a C compiler \("cc"\).*\n$/);
  });

  test('a recent Rust', { timeout }, () => {
    const { status, stderr } = runWith('ci/setup.js', { cargo: 'echo "cargo 1.70.0"' });
    assert.equal(status, 1);
    assert.match(stderr, /^rockpool needs Rust [\d.]+ or later and cargo is 1\.70: run "rustup update stable"\n$/);
  });

  test('a chosen toolchain: what rustup says is passed on', { timeout }, () => {
    const { status, stderr } = runWith('ci/setup.js', {
      cargo: 'echo "error: no default toolchain is set" >&2\necho "help: run rustup default stable" >&2\nexit 1'
    });
    assert.equal(status, 1);
    assert.match(stderr, /^rockpool needs cargo .*error: no default toolchain is set.*\n$/);
  });

  test('npm', { timeout }, () => {
    const { status, stderr } = runWith('ci/setup.js', {
      cargo: 'echo "cargo 1.99.0"',
      cc: 'echo "cc 13"'
    });
    assert.equal(status, 1);
    assert.match(stderr, /^setup failed: npm cannot be started: .*\n$/);
  });
});
