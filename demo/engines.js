'use strict';

const { join } = require('node:path');

/**
 * @typedef {object} Minified
 * @property {Uint8Array} bytes
 * @property {string} digest hex
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
 * @property {(path: string, bytes: Uint8Array<ArrayBuffer>) => Promise<Minified>} minify
 *   takes the bytes over: they are transferred
 * @property {() => Histogram} histogram
 * @property {() => Promise<void>} close waits for what runs
 * @property {() => Promise<void>} destroy ends what runs
 */

/**
 * The minified bytes come back from the Worker by transfer and go on into the kernel lane: native
 * threads hash the very memory that the Worker wrote, and give it back with the digest.
 *
 * @param {number} threads
 * @returns {Engine}
 */
function createRockpool(threads) {
  const { Piscina, kernels } = require('..');
  const pool = new Piscina({
    filename: join(__dirname, 'rockpool-worker.js'),
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    name: 'rockpool',
    hash: 'blake3',
    hashedBy: 'BLAKE3 by the native kernel lane, on the transferred buffer',
    async minify(path, bytes) {
      const minified = await pool.run({ path, bytes }, { transferList: [bytes.buffer] });
      const { value, buffer } = await kernels.blake3(minified);
      return { bytes: buffer, digest: Buffer.from(value).toString('hex') };
    },
    histogram: () => pool.histogram,
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}

/**
 * @param {number} threads
 * @returns {Engine}
 */
function createPiscina(threads) {
  const { Piscina } = require('piscina');
  const pool = new Piscina({
    filename: join(__dirname, 'piscina-worker.js'),
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    name: 'piscina',
    hash: 'sha256',
    hashedBy: 'SHA-256 by node:crypto in the minifying Worker: piscina has no kernel lane',
    minify: (path, bytes) => pool.run({ path, bytes }, { transferList: [bytes.buffer] }),
    histogram: () => pool.histogram,
    // close() of piscina 5.3.2 ends running tasks; here nothing runs any more.
    close: () => pool.destroy(),
    destroy: () => pool.destroy(),
  };
}

const factories = { rockpool: createRockpool, piscina: createPiscina };

/**
 * @param {import('./arguments').EngineName} name
 * @param {number} threads
 */
function createEngine(name, threads) {
  return factories[name](threads);
}

module.exports = { createEngine };
