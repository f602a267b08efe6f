'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { noise } = require('./data');
const { jobScenario, MiB } = require('./job-scenario');

/**
 * What others say of the inputs by their length: hash-wasm 4.13.0, and of BLAKE3 @napi-rs/blake-hash
 * 1.3.6, too. Some contestants give SHA-256 instead of BLAKE3: that Node itself knows.
 *
 * @type {Record<number, { blake3: string, xxh3: bigint, crc32: number }>}
 */
const known = {
  [64 * 1024]: {
    blake3: '7bf118bbd645f573aa63a0a80ad6f5d4836433c29b3b5830120b6ca3b52145e5',
    xxh3: 0xb411f8fa43acba7an,
    crc32: 0x8d10e6ae
  },
  [64 * MiB]: {
    blake3: '043450f6b471df124a480843c725db1c2ab19ba126e3a4dbfa1b1c29dd7babce',
    xxh3: 0x2f939cc2148f063dn,
    crc32: 0x14b362ec
  },
  [1024 * MiB]: {
    blake3: 'bd0473c7769ba47f4ebf863ce513afa81655481360417e9dd7f81a4b401bc608',
    xxh3: 0x85305a6edb0fafecn,
    crc32: 0x2d811fba
  }
};

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * @param {any} task
 * @param {any} answer
 */
function checkDigest (task, { algorithm, digest }) {
  const expected = algorithm === 'blake3' ? known[task.input.length].blake3 : (task.sha256 ??= sha256(task.input));
  assert.equal(digest, expected, algorithm);
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  blake3: {
    kernel: 'blake3',
    large: { bytes: 64 * MiB },
    make: ({ bytes }) => {
      // Of a GiB every 64 MiB are alike: to make it is not to take longer than to hash it.
      const part = noise(Math.min(bytes, 64 * MiB));
      const input = new Uint8Array(bytes);
      for (let at = 0; at < bytes; at += part.length) {
        input.set(part, at);
      }
      return { input };
    },
    check: checkDigest
  },
  sha256: {
    kernel: 'sha256',
    large: { bytes: 64 * MiB },
    make: ({ bytes }) => ({ input: noise(bytes) }),
    check: checkDigest
  },
  'sha256-batch': {
    kernel: 'sha256',
    large: { bytes: 8 * MiB, count: 8 },
    make ({ bytes, count }) {
      const input = Array.from({ length: count }, (_, index) => noise(bytes, index + 1));
      return { input, digests: input.map(sha256) };
    },
    check: ({ digests }, answer) => assert.deepEqual(answer, digests)
  },
  xxh3: {
    kernel: 'xxh3',
    large: { bytes: 64 * MiB },
    make: ({ bytes }) => ({ input: noise(bytes), expected: known[bytes].xxh3 }),
    check: ({ expected }, answer) => assert.equal(answer, expected)
  },
  crc32: {
    kernel: 'crc32',
    large: { bytes: 64 * MiB },
    make: ({ bytes }) => ({ input: noise(bytes), expected: known[bytes].crc32 }),
    check: ({ expected }, answer) => assert.equal(answer, expected)
  }
};

const small = { bytes: 64 * 1024 };

module.exports = jobScenario({
  id: 'hash',
  title: 'Hashes and checksums',
  jobs,
  cases: [
    {
      id: 'blake3',
      title: 'BLAKE3 of 64 MiB (node:crypto and WebCrypto: SHA-256)',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'node-crypto', 'subtle', 'hash-wasm'],
      parameters: { job: 'blake3', bytes: 64 * MiB },
      quick: small
    },
    {
      id: 'sha256',
      title: 'SHA-256 of 64 MiB, one message',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'node-crypto', 'subtle', 'hash-wasm'],
      parameters: { job: 'sha256', bytes: 64 * MiB },
      quick: small
    },
    {
      id: 'sha256-8',
      title: 'SHA-256 of 8 buffers of 8 MiB',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'node-crypto', 'subtle'],
      parameters: { job: 'sha256-batch', bytes: 8 * MiB, count: 8 },
      quick: { bytes: 4096, count: 3 }
    },
    {
      id: 'sha256-4096',
      title: 'SHA-256 of 4,096 buffers of 4 KiB',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'node-crypto', 'subtle'],
      parameters: { job: 'sha256-batch', bytes: 4096, count: 4096 },
      quick: { count: 5 }
    },
    {
      id: 'xxh3',
      title: 'XXH3 of 64 MiB',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'hash-wasm', 'node-rs-xxhash'],
      parameters: { job: 'xxh3', bytes: 64 * MiB },
      quick: small
    },
    {
      id: 'crc32',
      title: 'CRC-32 of 64 MiB',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'zlib', 'hash-wasm', 'node-rs-crc32'],
      parameters: { job: 'crc32', bytes: 64 * MiB },
      quick: small
    }
  ]
});
