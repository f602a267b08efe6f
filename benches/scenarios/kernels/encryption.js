'use strict';

const assert = require('node:assert/strict');
const { createCipheriv } = require('node:crypto');
const { noise } = require('./data');
const { jobScenario, MiB } = require('./job-scenario');

/** @param {{ bytes: number, algorithm: 'aes-256-gcm' | 'chacha20-poly1305' }} parameters */
function seal ({ bytes, algorithm }) {
  const plain = noise(bytes);
  const key = noise(32, 2);
  const nonce = noise(12, 3);
  const cipher = createCipheriv(/** @type {any} */ (algorithm), key, nonce, { authTagLength: 16 });
  const sealed = cipher.update(plain);
  cipher.final();
  return { algorithm, key, nonce, plain, sealed, tag: cipher.getAuthTag() };
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  seal: {
    kernel: 'aead.seal',
    large: { bytes: 64 * MiB, algorithm: 'aes-256-gcm' },
    make (parameters) {
      const { plain, sealed, tag, ...rest } = seal(parameters);
      return { ...rest, input: plain, inPlace: true, sealed, expected: tag };
    },
    check ({ sealed, expected }, { bytes, tag }) {
      assert.equal(Buffer.compare(tag, expected), 0, 'the tag');
      assert.equal(Buffer.compare(bytes, sealed), 0, 'the bytes');
    }
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

const contestants = ['rockpool', 'node-crypto', 'subtle'];
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
      id: 'chacha20-poly1305-seal',
      title: 'ChaCha20-Poly1305, 64 MiB encrypted',
      metrics,
      contestants: ['rockpool', 'node-crypto'],
      parameters: { job: 'seal', algorithm: 'chacha20-poly1305', bytes: 64 * MiB },
      quick
    }
  ]
});
