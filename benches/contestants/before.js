'use strict';

const { piscinaLike } = require('./piscina-like');

/**
 * Another built tree of rockpool, which `compare.js` names in the environment. None elsewhere.
 *
 * @type {import('./types').Contestant[]}
 */
const before = [];

const tree = process.env.ROCKPOOL_BENCH_BEFORE;
if (tree !== undefined) {
  const { load, ...description } = piscinaLike({
    id: 'before',
    name: `rockpool in ${tree}`,
    library: 'rockpool',
    loadClass: async () => require(tree),
    tree
  });
  before.push({
    ...description,
    load: async () => ({ ...await load(), jobs: require('./kernels/rockpool').createJobs(tree) })
  });
}

module.exports = before;
