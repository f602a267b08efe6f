'use strict';

// What tests run besides Node.js and npm, package managers and runtimes: npm packages, kept out of the project's own
// dependencies in ci/hosts and installed when they are first needed.

const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { whyStale } = require('./dependencies');
const { runNpm } = require('./npm');

const folder = join(__dirname, 'hosts');

/** Where each is, as a file for Node.js. */
const scripts = { yarn: '@yarnpkg/cli-dist/bin/yarn.js', pnpm: 'pnpm/bin/pnpm.cjs' };

const exe = process.platform === 'win32' ? '.exe' : '';

/** Where each is in the package of its platform. */
const programs = { deno: `deno${exe}`, bun: `bin/bun${exe}` };

async function installHosts () {
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
