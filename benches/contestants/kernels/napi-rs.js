'use strict';

// Packages of one native function each, on the calling thread.

/** @type {import('../types').Contestant[]} */
module.exports = [
  {
    id: 'node-rs-xxhash',
    name: '@node-rs/xxhash',
    library: '@node-rs/xxhash',
    async load () {
      const { xxh3 } = require('@node-rs/xxhash');
      return { jobs: { xxh3: () => (/** @type {Uint8Array} */ input) => ({ input, answer: xxh3.xxh64(input) }) } };
    }
  },
  {
    id: 'node-rs-crc32',
    name: '@node-rs/crc32',
    library: '@node-rs/crc32',
    async load () {
      const { crc32 } = require('@node-rs/crc32');
      return { jobs: { crc32: () => (/** @type {Uint8Array} */ input) => ({ input, answer: crc32(input) }) } };
    }
  }
];
