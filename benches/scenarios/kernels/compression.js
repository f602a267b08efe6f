'use strict';

const assert = require('node:assert/strict');
/** Not every Node that the types speak of has zstd. @type {any} */
const zlib = require('node:zlib');
const { text } = require('./data');
const { jobScenario, MiB } = require('./job-scenario');

/**
 * Calls a kernel for what Node cannot do; only where nothing is timed.
 *
 * @param {'gzip.compress' | 'zstd.compress' | 'zstd.decompress'} name
 * @param {Uint8Array} bytes
 * @param {object} [parameters]
 * @returns {Uint8Array}
 */
function kernel (name, bytes, parameters) {
  const { kernels } = /** @type {any} */ (require('../../..'));
  const [family, member] = name.split('.');
  return kernels.sync[family][member](bytes, parameters).output;
}

/** Without it, only rockpool's own frames can be unpacked. */
const hasZstd = zlib.zstdCompressSync !== undefined;

/** @param {Uint8Array} bytes @param {number} length */
const gunzip = (bytes, length) => zlib.gunzipSync(bytes, { chunkSize: length + 1024 });

/** @param {{ bytes: number, level: number }} parameters */
const textOf = ({ bytes, level }) => ({ input: text(bytes), level, outputLength: bytes / 2 });

/** @param {Uint8Array} answer */
const measure = (answer) => ({ size: answer.length / MiB });

/**
 * @param {Uint8Array} answer
 * @param {Uint8Array} expected
 */
const same = (answer, expected) => assert.equal(Buffer.compare(answer, expected), 0);

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  gzip: {
    kernel: 'gzip.compress',
    large: { bytes: 64 * MiB, level: 6 },
    make: textOf,
    check: ({ input }, answer) => same(gunzip(answer, input.length), input),
    measure
  },
  gunzip: {
    kernel: 'gzip.decompress',
    large: { bytes: 64 * MiB, level: 6, by: 'zlib' },
    make ({ bytes, level, by }) {
      const plain = text(bytes);
      const packed = by === 'zlib' ? zlib.gzipSync(plain, { level }) : kernel('gzip.compress', plain, { level });
      return { input: new Uint8Array(packed), plain, outputLength: bytes };
    },
    check: ({ plain }, answer) => same(answer, plain)
  },
  zstd: {
    kernel: 'zstd.compress',
    large: { bytes: 64 * MiB, level: 3 },
    make: textOf,
    // Not by node:zlib, which leaves off behind the first of several frames.
    check: ({ input }, answer) => same(kernel('zstd.decompress', new Uint8Array(answer)), input),
    measure
  },
  unzstd: {
    kernel: 'zstd.decompress',
    large: { bytes: 64 * MiB, level: 3, by: 'rockpool' },
    make ({ bytes, level, by }) {
      const plain = text(bytes);
      const oneFrame = hasZstd
        ? zlib.zstdCompressSync(plain, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } })
        : undefined;
      const input = by === 'zlib' ? new Uint8Array(oneFrame) : kernel('zstd.compress', plain, { level });
      return { input, oneFrame, plain, outputLength: bytes };
    },
    check: ({ plain }, answer) => same(answer, plain)
  }
};

const contestants = ['rockpool', 'zlib', 'zlib-tuned', 'zlib-tuned-sync'];
const bytes = 64 * MiB;
const quick = { bytes: 64 * 1024 };

module.exports = jobScenario({
  id: 'compression',
  title: 'Compression',
  jobs,
  cases: [
    {
      id: 'gzip',
      title: 'gzip, level 6, 64 MiB of text',
      metrics: ['time', 'loop', 'size'],
      contestants,
      parameters: { job: 'gzip', level: 6, bytes },
      quick,
      rounds: 3
    },
    {
      id: 'gunzip',
      title: 'gunzip to 64 MiB of text, from one member as zlib writes it',
      metrics: ['time', 'loop'],
      contestants,
      parameters: { job: 'gunzip', level: 6, bytes, by: 'zlib' },
      quick
    },
    {
      id: 'gunzip-members',
      title: 'gunzip to 64 MiB of text, from members as rockpool writes them',
      metrics: ['time', 'loop'],
      contestants,
      parameters: { job: 'gunzip', level: 6, bytes, by: 'rockpool' },
      quick
    },
    {
      id: 'zstd',
      title: 'zstd, level 3, 64 MiB of text',
      metrics: ['time', 'loop', 'size'],
      contestants,
      parameters: { job: 'zstd', level: 3, bytes },
      quick
    },
    {
      id: 'unzstd',
      title: 'unzstd to 64 MiB of text, each from what it writes itself: rockpool from frames, node:zlib from one',
      metrics: ['time', 'loop'],
      contestants,
      parameters: { job: 'unzstd', level: 3, bytes, by: 'rockpool' },
      quick
    },
    ...(hasZstd
      ? [{
        id: 'unzstd-one-frame',
        title: 'unzstd to 64 MiB of text, from one frame as node:zlib writes it',
        metrics: ['time', 'loop'],
        contestants,
        parameters: { job: 'unzstd', level: 3, bytes, by: 'zlib' },
        quick
      }]
      : [])
  ]
});
