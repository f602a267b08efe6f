'use strict';

const { mainOf, piscinaLike } = require('./piscina-like');

/**
 * Another built tree of rockpool, which `compare.js` names in the environment. None elsewhere.
 *
 * @type {import('./types').Contestant[]}
 */
const before = [];

const tree = process.env.ROCKPOOL_BENCH_BEFORE;
const published = process.env.ROCKPOOL_BENCH_BEFORE_PACKAGE ?? tree;
if (tree !== undefined && published !== undefined) {
  const { load, ...description } = piscinaLike({
    id: 'before',
    name: `rockpool in ${tree}`,
    library: 'rockpool',
    loadClass: async () => require(published),
    main: mainOf(published),
    tree: published
  });
  before.push({
    ...description,
    load: async () => ({
      ...await load(),
      get jobs () { return require('./kernels/rockpool').createJobs(tree); }
    })
  });
}

module.exports = before;
