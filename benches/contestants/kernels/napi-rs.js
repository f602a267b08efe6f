'use strict';

// Packages of one native function each, on the calling thread.

/** @type {import('../types').Contestant[]} */
module.exports = [
  {
    id: 'blake-hash',
    name: '@napi-rs/blake-hash',
    library: '@napi-rs/blake-hash',
    async load () {
      const { Blake3Hasher } = require('@napi-rs/blake-hash');
      return {
        jobs: {
          blake3: () => (/** @type {Uint8Array} */ input) => {
            const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
            return { input, answer: { algorithm: 'blake3', digest: new Blake3Hasher().update(bytes).digest('hex') } };
          }
        }
      };
    }
  },
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
