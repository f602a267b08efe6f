'use strict';

const { join } = require('node:path');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

/**
 * @typedef {object} Asset
 * @property {Uint8Array} bytes minified
 * @property {string} digest hex
 * @property {Uint8Array} gzip
 * @property {Uint8Array | null} zstd null where nothing makes it
 */

/**
 * What the report reads of a pool's histogram, in milliseconds.
 *
 * @typedef {object} Histogram
 * @property {{ p50: number, p99: number }} waitTime
 * @property {{ mean: number, p50: number, p99: number }} runTime
 */

/**
 * @typedef {object} Engine
 * @property {import('./arguments').EngineName} name
 * @property {'blake3' | 'sha256'} hash
 * @property {string} hashedBy what makes the digest, in words
 * @property {string} compressedBy what compresses, in words
 * @property {(path: string, bytes: Uint8Array<ArrayBuffer>, stages: import('./stages').Stages) => Promise<Asset>} make
 *   takes the bytes over: they are transferred
 * @property {() => Histogram} histogram
 * @property {() => Promise<void>} close waits for what runs
 * @property {() => Promise<void>} destroy ends what runs
 */

/**
 * The minified bytes come back from the Worker by transfer and go on into the kernel lane: native
 * threads hash and compress the very memory that the Worker wrote, and give it back each time.
 *
 * @param {number} threads
 * @returns {Engine}
 */
function createRockpool (threads) {
  const { Piscina, kernels } = require('..');
  const pool = new Piscina({
    filename: join(__dirname, 'rockpool-worker.js'),
    minThreads: threads,
    maxThreads: threads
  });
  return {
    name: 'rockpool',
    hash: 'blake3',
    hashedBy: 'BLAKE3 by the native kernel lane, on the transferred buffer',
    compressedBy: 'gzip and zstd by the native kernel lane, on the transferred buffer',
    async make (path, bytes, stages) {
      const minified = await stages.time('minify', pool.run({ path, bytes }, { transferList: [bytes.buffer] }));
      const hashed = await stages.time('hash', kernels.blake3(minified));
      const gzip = await stages.time('gzip', kernels.gzip.compress(hashed.buffer));
      const zstd = await stages.time('zstd', kernels.zstd.compress(gzip.buffer));
      const digest = Buffer.from(hashed.value).toString('hex');
      return { bytes: zstd.buffer, digest, gzip: gzip.output, zstd: zstd.output };
    },
    histogram: () => pool.histogram,
    close: () => pool.close(),
    destroy: () => pool.destroy()
  };
}

const gzipCompress = promisify(zlib.gzip);
/** @type {((bytes: Uint8Array) => Promise<Uint8Array>) | null} From Node 22.15 on. */
const zstdCompress = 'zstdCompress' in zlib ? /** @type {any} */ (promisify(/** @type {any} */ (zlib).zstdCompress)) : null;

/**
 * @param {number} threads
 * @returns {Engine}
 */
function createPiscina (threads) {
  const { Piscina } = require('piscina');
  const pool = new Piscina({
    filename: join(__dirname, 'piscina-worker.js'),
    minThreads: threads,
    maxThreads: threads
  });
  return {
    name: 'piscina',
    hash: 'sha256',
    hashedBy: 'SHA-256 by node:crypto in the minifying Worker: piscina has no kernel lane',
    compressedBy: zstdCompress === null
      ? 'gzip by node:zlib; this Node has no zstd'
      : 'gzip and zstd by node:zlib',
    async make (path, bytes, stages) {
      // The digest is made in the Worker: its time is part of this stage.
      const minified = await stages.time('minify', pool.run({ path, bytes }, { transferList: [bytes.buffer] }));
      const gzip = await stages.time('gzip', gzipCompress(minified.bytes));
      const zstd = zstdCompress === null ? null : await stages.time('zstd', zstdCompress(minified.bytes));
      return { ...minified, gzip, zstd };
    },
    histogram: () => pool.histogram,
    // close() of piscina 5.3.2 ends running tasks; here nothing runs any more.
    close: () => pool.destroy(),
    destroy: () => pool.destroy()
  };
}

const factories = { rockpool: createRockpool, piscina: createPiscina };

/**
 * @param {import('./arguments').EngineName} name
 * @param {number} threads
 */
function createEngine (name, threads) {
  return factories[name](threads);
}

module.exports = { createEngine };
