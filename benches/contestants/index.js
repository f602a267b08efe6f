'use strict';

/** @type {import('./types').Contestant[]} in the order of the tables */
const pools = [
  ...require('./rockpool'),
  ...require('./bare'),
  ...require('./piscina'),
  ...require('./tinypool'),
  ...require('./workerpool'),
  ...require('./poolifier')
];

/** Pools, and those that work on bytes. @type {import('./types').Contestant[]} */
const contestants = [
  ...pools,
  ...require('./before'),
  ...require('./kernels/node-crypto'),
  ...require('./kernels/node-zlib'),
  ...require('./kernels/hash-wasm'),
  ...require('./kernels/napi-rs'),
  ...require('./kernels/sharp'),
  ...require('./kernels/plain')
];

/** @param {string} id */
function contestant (id) {
  const found = contestants.find((candidate) => candidate.id === id);
  if (found === undefined) {
    const known = contestants.map((candidate) => candidate.id).join(', ');
    throw new RangeError(`no contestant ${id}; there are ${known}`);
  }
  return found;
}

/** @param {string} id one that rockpool is compared with: neither itself, as it was or is, nor the floor */
const isPeer = (id) => id !== 'rockpool' && id !== 'before' && id !== 'bare';

module.exports = { pools, contestants, contestant, isPeer };
