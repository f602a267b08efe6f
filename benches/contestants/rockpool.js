'use strict';

const { join } = require('node:path');
const { mainOf, piscinaLike } = require('./piscina-like');

/** As it is published, where the run has made that (harness/package.js). */
const tree = process.env.ROCKPOOL_BENCH_PACKAGE ?? join(__dirname, '..', '..');

async function loadClass () {
  try {
    return require(tree);
  } catch (cause) {
    const [reason] = String(/** @type {Error} */ (cause).message).split('\n');
    throw new Error(`rockpool cannot be loaded (${reason}); is the addon built? Run: npm run build`, { cause });
  }
}

const { load, ...description } = piscinaLike({ id: 'rockpool', name: 'rockpool', library: 'rockpool', loadClass, main: mainOf(tree), tree });

/** @type {import('./types').Contestant[]} */
module.exports = [
  {
    ...description,
    load: async () => ({
      ...await load(),
      // When they are asked for: to load them is no part of loading a pool.
      get jobs () { return require('./kernels/rockpool').createJobs(); }
    })
  }
];
