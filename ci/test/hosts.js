'use strict';

// What tests run besides Node.js and npm, package managers and runtimes: npm packages, kept out of the project's own
// dependencies in ci/test/hosts and installed when they are first needed.

const { mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { setTimeout } = require('node:timers/promises');
const { whyStale } = require('../build/dependencies');
const { runNpm } = require('../build/npm');

const folder = join(__dirname, 'hosts');

/** Where each is, as a file for Node.js. */
const scripts = { yarn: '@yarnpkg/cli-dist/bin/yarn.js', pnpm: 'pnpm/bin/pnpm.cjs' };

const exe = process.platform === 'win32' ? '.exe' : '';

/** Where each is in the package of its platform. */
const programs = { deno: `deno${exe}`, bun: `bin/bun${exe}` };

/** Held by the process that installs: the test files that need these run at the same time. */
const lock = join(__dirname, '..', '..', 'target', 'hosts.lock');

/** @returns {boolean} whether the lock is ours; one of a process that is gone is taken away first */
function takeLock () {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') rmSync(lock, { force: true });
  }
  return false;
}

async function installHosts () {
  while (whyStale(folder) !== null) {
    if (!takeLock()) {
      await setTimeout(100);
      continue;
    }
    try {
      return await install();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

async function install () {
  const stale = whyStale(folder);
  if (stale === null) return;
  console.log(`installing the other package managers and runtimes (${stale})`);
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** @param {keyof typeof scripts} name */
const findScript = (name) => join(folder, 'node_modules', scripts[name]);

/**
 * The program of a runtime. Each is in a package of its own for every platform, of which npm has installed one; the
 * package in front of them would fetch or copy it in an install script.
 *
 * @param {keyof typeof programs} name
 * @returns {string}
 */
function findRuntime (name) {
  const { resolve } = createRequire(join(folder, 'package.json'));
  const { optionalDependencies } = require(resolve(`${name}/package.json`));
  for (const platform of Object.keys(optionalDependencies)) {
    try {
      return join(dirname(resolve(`${platform}/package.json`)), programs[name]);
    } catch {
      // Another platform's.
    }
  }
  throw new Error(`${name} has no package for this machine`);
}

module.exports = { findRuntime, findScript, installHosts };
