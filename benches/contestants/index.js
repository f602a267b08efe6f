'use strict';

/** @type {import('./types').Contestant[]} in the order of the tables */
const contestants = [
  ...require('./rockpool'),
  ...require('./bare'),
  ...require('./piscina'),
  ...require('./tinypool'),
  ...require('./workerpool'),
  ...require('./poolifier'),
];

/** @param {string} id */
function contestant(id) {
  const found = contestants.find((candidate) => candidate.id === id);
  if (found === undefined) {
    const known = contestants.map((candidate) => candidate.id).join(', ');
    throw new RangeError(`no contestant ${id}; there are ${known}`);
  }
  return found;
}

/** @param {string} id a pool that rockpool is compared with: neither itself nor the floor */
const isPeer = (id) => id !== 'rockpool' && id !== 'bare';

module.exports = { contestants, contestant, isPeer };
