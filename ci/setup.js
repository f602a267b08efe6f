'use strict';

// Brings a clone to the state that the tests and the demo need: the dependencies of the lock
// file and the release build of the addon. Uses nothing but Node.js itself, since it runs
// before there is a node_modules, and does nothing when all is there.
//
//   node ci/setup.js              for the tests and the demo
//   node ci/setup.js --benches    with the pools that rockpool is measured against
//   node ci/setup.js --examples   with the packages of the examples

const { lstatSync, symlinkSync } = require('node:fs');
const { join } = require('node:path');
const addon = require('./build/stamp');
const dependencies = require('./build/dependencies');
const { runNpm } = require('./build/npm');
const { MissingToolError, checkNode, checkToolchain } = require('./build/toolchain');

const root = join(__dirname, '..');

/** @param {number} start */
function secondsSince (start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * @param {string} folder with a package-lock.json
 * @param {string} title
 */
async function setupDependencies (folder, title) {
  const stale = dependencies.whyStale(folder);
  if (stale === null) return;
  const start = performance.now();
  console.log(`setup: installing ${title} (${stale})`);
  // Nothing here needs an install script, so none gets to run.
  await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  console.log(`setup: ${title} installed in ${secondsSince(start)}`);
}

/**
 * Lets the examples find this clone as the package that they import. A link of ours and no dependency in their lock
 * file, which would have to change with every line of our package.json.
 *
 * @param {string} folder
 */
function linkPackage (folder) {
  const link = join(folder, 'node_modules', 'rockpool');
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(root, link, 'junction');
}

/**
 * @param {{ toolchain?: boolean, benches?: boolean, examples?: boolean }} [options]
 *   `toolchain`: ask for cargo and a compiler even when nothing has to be built;
 *   `benches`: the other pools, too; `examples`: the packages of the examples, too
 */
async function setup ({ toolchain = false, benches = false, examples = false } = {}) {
  checkNode();
  const staleAddon = addon.whyStale(root);
  // Before npm: without cargo the error should come before a long install.
  if (toolchain || staleAddon !== null) checkToolchain();

  await setupDependencies(root, 'the dependencies');
  if (benches) await setupDependencies(join(root, 'benches'), 'the pools of the benchmarks');
  if (examples) {
    await setupDependencies(join(root, 'examples'), 'the packages of the examples');
    linkPackage(join(root, 'examples'));
  }
  if (staleAddon !== null) {
    const start = performance.now();
    console.log(`setup: building the addon (${staleAddon})`);
    const inputs = addon.hashInputs(root);
    await runNpm(['run', 'build'], root);
    addon.writeStamp(root, inputs);
    console.log(`setup: addon built in ${secondsSince(start)}`);
  }
}

/**
 * The message of a failed setup, for the terminal.
 *
 * @param {unknown} error
 */
function describeFailure (error) {
  if (error instanceof MissingToolError) return error.message;
  return `setup failed: ${error instanceof Error ? error.message : String(error)}`;
}

module.exports = { describeFailure, setup };

if (require.main === module) {
  const asked = (/** @type {string} */ name) => process.argv.includes(name);
  setup({ benches: asked('--benches'), examples: asked('--examples') }).catch((error) => {
    console.error(describeFailure(error));
    process.exitCode = 1;
  });
}
