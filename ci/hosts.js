'use strict';

// The package managers besides npm that tests run: npm packages, kept out of the project's own dependencies in ci/hosts
// and installed when they are first needed.

const { join } = require('node:path');
const { whyStale } = require('./dependencies');
const { runNpm } = require('./npm');

const folder = join(__dirname, 'hosts');

/** Where each is, as a file for Node.js. */
const scripts = { yarn: '@yarnpkg/cli-dist/bin/yarn.js', pnpm: 'pnpm/bin/pnpm.cjs' };

async function installHosts () {
  const stale = whyStale(folder);
  if (stale === null) return;
  console.log(`installing the other package managers (${stale})`);
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** @param {keyof typeof scripts} name */
const findScript = (name) => join(folder, 'node_modules', scripts[name]);

module.exports = { findScript, installHosts };
