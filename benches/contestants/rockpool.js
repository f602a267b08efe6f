'use strict';

const { piscinaLike } = require('./piscina-like');

async function loadClass () {
  try {
    return require('../..');
  } catch (cause) {
    const [reason] = String(/** @type {Error} */ (cause).message).split('\n');
    throw new Error(`rockpool cannot be loaded (${reason}); is the addon built? Run: npm run build`, { cause });
  }
}

const { load, ...description } = piscinaLike({ id: 'rockpool', name: 'rockpool', library: 'rockpool', loadClass });

/** @type {import('./types').Contestant[]} */
module.exports = [
  {
    ...description,
    load: async () => ({ ...await load(), jobs: require('./kernels/rockpool').createJobs() })
  }
];
