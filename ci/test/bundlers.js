'use strict';

// The bundlers that tests run: npm packages, kept out of the project's own dependencies in ci/test/bundlers and installed
// when they are first needed.

const { createRequire } = require('node:module');
const { join } = require('node:path');
const { whyStale } = require('../build/dependencies');
const { runNpm } = require('../build/npm');

const folder = join(__dirname, 'bundlers');

async function installBundlers () {
  const stale = whyStale(folder);
  if (stale === null) return;
  console.log(`installing the bundlers (${stale})`);
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** The options of requiring them. */
const bundlers = createRequire(join(folder, 'package.json'));

module.exports = { bundlers, installBundlers };
