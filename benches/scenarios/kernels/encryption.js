'use strict';

const assert = require('node:assert/strict');
const { createCipheriv } = require('node:crypto');
const { noise } = require('./data');
const { jobScenario, MiB } = require('./job-scenario');

/**
 * @param {Uint8Array} plain
 * @param {{ algorithm: string, key: Uint8Array, nonce: Uint8Array }} how
 */
function encrypt (plain, { algorithm, key, nonce }) {
  const cipher = createCipheriv(/** @type {any} */ (algorithm), key, nonce, { authTagLength: 16 });
  const sealed = cipher.update(plain);
  cipher.final();
  return { sealed, tag: cipher.getAuthTag() };
}

/** @param {{ bytes: number, algorithm: 'aes-256-gcm' | 'chacha20-poly1305' }} parameters */
function seal ({ bytes, algorithm }) {
  const plain = noise(bytes);
  const how = { algorithm, key: noise(32, 2), nonce: noise(12, 3) };
  return { ...how, plain, ...encrypt(plain, how) };
}

/**
 * The nonces of the STREAM construction.
 *
 * @param {Uint8Array} prefix of 7 bytes
 * @param {number} count of segments
 */
function streamNonces (prefix, count) {
  return Array.from({ length: count }, (_, number) => {
    const nonce = Buffer.alloc(12);
    nonce.set(prefix);
    nonce.writeUInt32BE(number, 7);
    nonce[11] = Number(number === count - 1);
    return nonce;
  });
}

const check = (/** @type {any} */ { sealed, expected }, /** @type {any} */ { bytes, tag }) => {
  assert.equal(Buffer.compare(tag, expected), 0, 'the tag');
  assert.equal(Buffer.compare(bytes, sealed), 0, 'the bytes');
};

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  seal: {
    kernel: 'aead.seal',
    large: { bytes: 64 * MiB, algorithm: 'aes-256-gcm' },
    make (parameters) {
      const { plain, sealed, tag, ...rest } = seal(parameters);
      return { ...rest, input: plain, inPlace: true, sealed, expected: tag };
    },
    check
  },
  'seal-segments': {
    kernel: 'aead.seal',
    large: { bytes: 64 * MiB, segment: MiB, algorithm: 'aes-256-gcm' },
    make ({ bytes, segment, algorithm }) {
      const input = noise(bytes);
      const key = noise(32, 2);
      const prefix = noise(8, 3).subarray(0, 7);
      const nonces = streamNonces(prefix, bytes / segment);
      const pieces = nonces.map((nonce, number) =>
        encrypt(input.subarray(number * segment, (number + 1) * segment), { algorithm, key, nonce }));
      const sealed = Buffer.concat(pieces.map(({ sealed }) => sealed));
      const expected = Buffer.concat(pieces.map(({ tag }) => tag));
      return { algorithm, key, prefix, nonces, segment, input, inPlace: true, sealed, expected };
    },
    check
  },
  open: {
    kernel: 'aead.open',
    large: { bytes: 64 * MiB, algorithm: 'aes-256-gcm' },
    make (parameters) {
      const { sealed, ...rest } = seal(parameters);
      // A Buffer's slice() would be the same memory.
      return { ...rest, input: new Uint8Array(sealed), inPlace: true };
    },
    check: ({ plain }, { bytes }) => assert.equal(Buffer.compare(bytes, plain), 0)
  }
};

const contestants = ['rockpool', 'node-crypto', 'node-crypto-pieces', 'subtle'];
const metrics = ['time', 'loop'];
const quick = { bytes: 64 * 1024 };

module.exports = jobScenario({
  id: 'encryption',
  title: 'Encryption with a tag',
  jobs,
  cases: [
    {
      id: 'aes-256-gcm-seal',
      title: 'AES-256-GCM, 64 MiB encrypted',
      metrics,
      contestants,
      parameters: { job: 'seal', algorithm: 'aes-256-gcm', bytes: 64 * MiB },
      quick
    },
    {
      id: 'aes-256-gcm-open',
      title: 'AES-256-GCM, 64 MiB decrypted',
      metrics,
      contestants,
      parameters: { job: 'open', algorithm: 'aes-256-gcm', bytes: 64 * MiB },
      quick
    },
    {
      id: 'aes-256-gcm-segments',
      title: 'AES-256-GCM, 64 MiB encrypted in segments of 1 MiB, a tag for each',
      metrics,
      contestants: ['rockpool', 'node-crypto-pieces'],
      parameters: { job: 'seal-segments', algorithm: 'aes-256-gcm', bytes: 64 * MiB, segment: MiB },
      quick: { bytes: 64 * 1024, segment: 16 * 1024 }
    },
    {
      id: 'chacha20-poly1305-seal',
      title: 'ChaCha20-Poly1305, 64 MiB encrypted',
      metrics,
      contestants: ['rockpool', 'node-crypto', 'node-crypto-pieces'],
      parameters: { job: 'seal', algorithm: 'chacha20-poly1305', bytes: 64 * MiB },
      quick
    }
  ]
});
