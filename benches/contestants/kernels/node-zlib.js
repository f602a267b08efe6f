'use strict';

const { promisify } = require('node:util');
/** Not every Node that the types speak of has `crc32` and zstd. @type {any} */
const zlib = require('node:zlib');

/**
 * Node's zlib in one of its ways.
 *
 * @param {object} way
 * @param {boolean} way.sync
 * @param {(task: any) => object} way.settings
 * @returns {import('../types').Jobs}
 */
function jobsOf ({ sync, settings }) {
  /**
   * @param {'gzip' | 'gunzip' | 'zstdCompress' | 'zstdDecompress'} name
   * @param {(task: any) => object} [options]
   * @returns {(task: any) => import('../types').Run}
   */
  const job = (name, options = () => ({})) => (task) => {
    if (zlib[name] === undefined) {
      throw new Error(`node:zlib of ${process.version} has no zstd; that of 22.15, 23.8 and later has`);
    }
    const all = { ...options(task), ...settings(task) };
    if (sync) {
      const call = zlib[`${name}Sync`];
      return (input) => ({ input, answer: call(input, all) });
    }
    const call = promisify(zlib[name]);
    return async (input) => ({ input, answer: await call(input, all) });
  };

  return {
    gzip: job('gzip', ({ level }) => ({ level })),
    gunzip: job('gunzip'),
    zstd: job('zstdCompress', ({ level }) => ({ params: { [zlib.constants.ZSTD_c_compressionLevel]: level } })),
    // It leaves off behind the first of several frames, so it is given a single one.
    unzstd (task) {
      const run = job('zstdDecompress')(task);
      return async (input) => ({ input, answer: (await run(task.oneFrame)).answer });
    },
    crc32: () => {
      if (zlib.crc32 === undefined) {
        throw new Error(`node:zlib of ${process.version} has no crc32; that of 20.15, 22.2 and later has`);
      }
      return (input) => ({ input, answer: zlib.crc32(input) });
    }
  };
}

/**
 * All output in one piece: by default Node goes back and forth between its threads and JavaScript
 * for every 16 KiB. A little more than the output, so that its end is seen at once.
 *
 * @param {{ outputLength: number }} task
 */
const inOnePiece = ({ outputLength }) => ({ chunkSize: outputLength + 1024 });

/** @type {import('../types').Contestant[]} */
module.exports = [
  {
    id: 'zlib',
    name: 'node:zlib',
    load: async () => ({ jobs: jobsOf({ sync: false, settings: () => ({}) }) })
  },
  {
    id: 'zlib-tuned',
    name: 'node:zlib, chunkSize of the output',
    load: async () => ({ jobs: jobsOf({ sync: false, settings: inOnePiece }) })
  },
  {
    id: 'zlib-tuned-sync',
    name: 'node:zlib, chunkSize of the output, sync',
    load: async () => ({ jobs: jobsOf({ sync: true, settings: inOnePiece }) })
  }
];
