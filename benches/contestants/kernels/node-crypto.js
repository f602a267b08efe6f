'use strict';

const { createCipheriv, createDecipheriv, createHash, randomBytes, webcrypto } = require('node:crypto');

/** @typedef {import('../types').Jobs} Jobs */

const { subtle } = webcrypto;

/** @param {ArrayBuffer | Uint8Array} bytes */
const hex = (bytes) => Buffer.from(/** @type {ArrayBuffer} */ (bytes)).toString('hex');

/** Another hash than rockpool's, and the best that Node itself has. */
const sha256 = () => (/** @type {Uint8Array} */ input) =>
  ({ input, answer: { algorithm: 'sha256', digest: createHash('sha256').update(input).digest('hex') } });

/** @param {any} task */
const cipher = ({ algorithm, key, nonce }) => (/** @type {Uint8Array} */ input) => {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: 16 });
  const text = cipher.update(input);
  cipher.final();
  return { input, answer: { bytes: text, tag: cipher.getAuthTag() } };
};

/** @param {any} task */
const decipher = ({ algorithm, key, nonce, tag }) => (/** @type {Uint8Array} */ input) => {
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(tag);
  const bytes = decipher.update(input);
  decipher.final();
  return { input, answer: { bytes } };
};

/** Bytes that are given to a cipher at a time: little enough for a cache. */
const PIECE = 64 * 1024;

/**
 * Piece by piece, into the same memory each time: to ask a cipher for all at once costs more for the fresh memory that
 * its answer lies in than for the cipher.
 *
 * @param {import('node:crypto').CipherGCM | import('node:crypto').DecipherGCM} cipher
 * @param {Uint8Array} input
 * @param {Uint8Array} out as long as the input
 */
function inPieces (cipher, input, out) {
  for (let at = 0; at < input.length; at += PIECE) {
    out.set(cipher.update(input.subarray(at, at + PIECE)), at);
  }
  cipher.final();
}

/** @type {Jobs} */
const ofPieces = {
  seal ({ algorithm, key, nonce, sealed }) {
    const out = new Uint8Array(sealed.length);
    return (input) => {
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: 16 });
      inPieces(cipher, input, out);
      return { input, answer: { bytes: out, tag: cipher.getAuthTag() } };
    };
  },
  open ({ algorithm, key, nonce, tag, plain }) {
    const out = new Uint8Array(plain.length);
    return (input) => {
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: 16 });
      decipher.setAuthTag(tag);
      inPieces(decipher, input, out);
      return { input, answer: { bytes: out } };
    };
  },
  'seal-segments' ({ algorithm, key, nonces, segment, sealed }) {
    const out = new Uint8Array(sealed.length);
    return (input) => {
      const tags = nonces.map((/** @type {Uint8Array} */ nonce, /** @type {number} */ number) => {
        const [start, end] = [number * segment, (number + 1) * segment];
        const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: 16 });
        inPieces(cipher, input.subarray(start, end), out.subarray(start, end));
        return cipher.getAuthTag();
      });
      return { input, answer: { bytes: out, tag: Buffer.concat(tags) } };
    };
  }
};

/** @type {Jobs} */
const ofCrypto = {
  blake3: sha256,
  sha256,
  'sha256-batch': () => (/** @type {Uint8Array[]} */ input) => ({
    input,
    answer: input.map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  }),
  seal: cipher,
  open: decipher,
  nothing: () => (input) => new Promise((resolve, reject) => {
    randomBytes(16, (error, answer) => (error === null ? resolve({ input, answer }) : reject(error)));
  })
};

/** @param {any} task */
function algorithmOf ({ algorithm, nonce }) {
  if (algorithm !== 'aes-256-gcm') {
    throw new Error(`WebCrypto has no ${algorithm} in every Node`);
  }
  return { name: 'AES-GCM', iv: nonce, tagLength: 128 };
}

const subtleSha256 = () => async (/** @type {Uint8Array} */ input) =>
  ({ input, answer: { algorithm: 'sha256', digest: hex(await subtle.digest('SHA-256', input)) } });

/** @type {Jobs} */
const ofSubtle = {
  blake3: subtleSha256,
  sha256: subtleSha256,
  'sha256-batch': () => async (/** @type {Uint8Array[]} */ input) => {
    const digests = await Promise.all(input.map((bytes) => subtle.digest('SHA-256', bytes)));
    return { input, answer: digests.map(hex) };
  },
  // WebCrypto has the tag behind the bytes.
  seal: async (task) => {
    const algorithm = algorithmOf(task);
    const key = await subtle.importKey('raw', task.key, 'AES-GCM', false, ['encrypt']);
    return async (/** @type {Uint8Array} */ input) => {
      const sealed = new Uint8Array(await subtle.encrypt(algorithm, key, input));
      return { input, answer: { bytes: sealed.subarray(0, -16), tag: sealed.subarray(-16) } };
    };
  },
  open: async (task) => {
    const algorithm = algorithmOf(task);
    const key = await subtle.importKey('raw', task.key, 'AES-GCM', false, ['decrypt']);
    const sealed = Buffer.concat([task.input, task.tag]);
    return async (/** @type {Uint8Array} */ input) =>
      ({ input, answer: { bytes: new Uint8Array(await subtle.decrypt(algorithm, key, sealed)) } });
  }
};

/** @type {import('../types').Contestant[]} */
module.exports = [
  { id: 'node-crypto', name: 'node:crypto', load: async () => ({ jobs: ofCrypto }) },
  { id: 'node-crypto-pieces', name: 'node:crypto, pieces of 64 KiB', load: async () => ({ jobs: ofPieces }) },
  { id: 'subtle', name: 'WebCrypto', load: async () => ({ jobs: ofSubtle }) }
];
