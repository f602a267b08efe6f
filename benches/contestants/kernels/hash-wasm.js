'use strict';

/**
 * @param {string} algorithm
 * @param {() => Promise<any>} make
 * @param {(digest: string) => any} [toAnswer]
 */
const hash = (algorithm, make, toAnswer = (digest) => ({ algorithm, digest })) => async () => {
  const hasher = await make();
  return (/** @type {Uint8Array} */ input) =>
    ({ input, answer: toAnswer(hasher.init().update(input).digest('hex')) });
};

async function load () {
  const library = require('hash-wasm');
  return {
    jobs: {
      blake3: hash('blake3', () => library.createBLAKE3()),
      sha256: hash('sha256', () => library.createSHA256()),
      xxh3: hash('xxh3', () => library.createXXHash3(), (digest) => BigInt(`0x${digest}`)),
      crc32: hash('crc32', () => library.createCRC32(), (digest) => Number.parseInt(digest, 16))
    }
  };
}

/** @type {import('../types').Contestant[]} */
module.exports = [{ id: 'hash-wasm', name: 'hash-wasm', library: 'hash-wasm', load }];
