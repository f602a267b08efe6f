'use strict';

// The other runtimes and package managers that tests run: npm packages, kept out of the project's own dependencies in
// ci/hosts and installed when they are first needed.

const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { whyStale } = require('./dependencies');
const { runNpm } = require('./npm');

const folder = join(__dirname, 'hosts');
const modules = join(folder, 'node_modules');

/** Where each is, as a file for Node.js. */
const scripts = { yarn: '@yarnpkg/cli-dist/bin/yarn.js', pnpm: 'pnpm/bin/pnpm.cjs' };

/** The executables in the packages of the platforms: an install script would put them elsewhere, and none is run. */
const executables = {
  deno: { scope: '@deno', file: process.platform === 'win32' ? 'deno.exe' : 'deno' },
  bun: { scope: '@oven', file: process.platform === 'win32' ? 'bin/bun.exe' : 'bin/bun' }
};

async function installHosts () {
  const stale = whyStale(folder);
  if (stale === null) return;
  console.log(`installing the other runtimes and package managers (${stale})`);
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** @param {keyof typeof scripts} name */
const findScript = (name) => join(modules, scripts[name]);

/**
 * @param {keyof typeof executables} name
 * @returns {{ path: string, version: string } | null} null where there is none for this platform
 */
function findRuntime (name) {
  const { scope, file } = executables[name];
  const installed = existsSync(join(modules, scope)) ? readdirSync(join(modules, scope)) : [];
  const path = installed.map((target) => join(modules, scope, target, file)).find((candidate) => existsSync(candidate));
  return path === undefined ? null : { path, version: require(join(modules, name, 'package.json')).version };
}

module.exports = { findRuntime, findScript, installHosts };
