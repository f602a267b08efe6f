'use strict';

const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

/** @typedef {import('../types').Jobs} Jobs */

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString('hex');

/**
 * @param {string} [tree] the folder of the rockpool that does them
 * @returns {Jobs}
 */
function createJobs (tree = join(__dirname, '..', '..', '..')) {
  const { kernels } = require(tree);
  const { startKernel } = require(join(tree, 'lib', 'kernels', 'call'));
  // A tree of before they were kept from production has no such function.
  require(join(tree, 'lib', 'binding')).openKernelProbes?.();
  const names = new Set(kernels.list().map((/** @type {any} */ { name }) => name));

  /** @param {string} name */
  function find (name) {
    if (!names.has(name)) {
      throw new Error(`there is no kernel ${name}`);
    }
    const [first, second] = name.split('.');
    return second === undefined ? kernels[first] : kernels[first][second];
  }

  /**
   * A kernel that answers, or that changes its input.
   *
   * @param {string} name
   * @param {(task: any) => object} parametersOf
   * @param {(result: any, task: any) => any} [answerOf]
   * @returns {(task: any) => import('../types').Run}
   */
  const job = (name, parametersOf, answerOf = ({ buffer }) => buffer) => (task) => {
    const kernel = find(name);
    const parameters = parametersOf(task);
    return async (input) => {
      const result = await kernel(input, parameters);
      return { input: result.buffer, answer: answerOf(result, task) };
    };
  };

  /**
   * A kernel that writes elsewhere: always into the same memory.
   *
   * @param {string} name
   * @param {(task: any) => object} parametersOf
   * @param {(task: any) => number} lengthOf bytes of the output
   * @returns {(task: any) => import('../types').Run}
   */
  const writing = (name, parametersOf, lengthOf) => (task) => {
    const kernel = find(name);
    const parameters = parametersOf(task);
    let out = new (task.sharedOut ? SharedArrayBuffer : ArrayBuffer)(lengthOf(task));
    return async (input) => {
      const { buffer, output } = await kernel(input, parameters, { out });
      out = output.buffer;
      return { input: buffer, answer: output };
    };
  };

  const none = () => ({});
  const value = (/** @type {any} */ result) => result.value;
  const output = (/** @type {any} */ result) => result.output;
  const size = (/** @type {any} */ { width, height }) => ({ width, height });
  const rows = (/** @type {any} */ { dimensions }) => ({ dimensions });
  const outputLength = (/** @type {any} */ task) => task.outputLength;
  const point = (/** @type {string} */ name) =>
    job(`image.${name}`, ({ width, height, params }) => ({ width, height, ...params }));
  const digest = (/** @type {string} */ algorithm) =>
    job(algorithm, none, (result) => ({ algorithm, digest: hex(result.value) }));

  return {
    blake3: digest('blake3'),
    sha256: digest('sha256'),
    'sha256-batch': () => {
      find('sha256');
      return async (/** @type {Uint8Array[]} */ list) => {
        const results = await kernels.map('sha256', list);
        return {
          input: results.map((/** @type {any} */ result) => result.buffer),
          answer: results.map((/** @type {any} */ result) => hex(result.value))
        };
      };
    },
    xxh3: job('xxh3', none, value),
    crc32: job('crc32', none, value),
    seal: job(
      'aead.seal',
      ({ algorithm, key, nonce }) => ({ algorithm, key, nonce }),
      (result) => ({ bytes: result.buffer, tag: result.value })
    ),
    'seal-segments': job(
      'aead.seal',
      ({ algorithm, key, prefix, segment }) => ({ algorithm, key, nonce: prefix, segment }),
      (result) => ({ bytes: result.buffer, tag: result.value })
    ),
    open: job(
      'aead.open',
      ({ algorithm, key, nonce, tag }) => ({ algorithm, key, nonce, tag }),
      ({ buffer }) => ({ bytes: buffer })
    ),
    gzip: writing('gzip.compress', ({ level }) => ({ level }), outputLength),
    gunzip: writing('gzip.decompress', none, outputLength),
    zstd: writing('zstd.compress', ({ level }) => ({ level }), outputLength),
    unzstd: writing('zstd.decompress', none, outputLength),
    resize: writing(
      'image.resize',
      ({ width, height, toWidth, toHeight }) => ({ width, height, toWidth, toHeight, filter: 'lanczos3' }),
      ({ toWidth, toHeight }) => toWidth * toHeight * 4
    ),
    blur: job('image.blur', ({ width, height, sigma }) => ({ width, height, sigma })),
    grayscale: point('grayscale'),
    invert: point('invert'),
    lut: point('lut'),
    adjust: point('adjust'),
    premultiply: point('premultiply'),
    unpremultiply: point('unpremultiply'),
    swizzle: point('swizzle'),
    toTensor: writing(
      'image.toTensor',
      ({ mean, std, ...task }) => ({ ...size(task), mean, std }),
      ({ width, height }) => width * height * 12
    ),
    normalize: job('vector.normalize', rows),
    softmax: job('vector.softmax', rows),
    quantize: job('vector.quantize', rows, (result) => ({ output: result.output, scales: result.value })),
    toHalf: job('vector.toHalf', none, output),
    topk: job('vector.topk', ({ query, k, dimensions }) => ({ query, k, dimensions }), value),
    multiply: writing(
      'matrix.multiply',
      ({ m, k, n, other }) => ({ m, k, n, other }),
      ({ m, n }) => m * n * 4
    ),
    sort: job('sort', none),
    histogram: job('histogram', none, value),
    count: job('search.count', ({ pattern }) => ({ pattern }), value),
    offsets: writing('search.offsets', ({ pattern }) => ({ pattern }), ({ offsets }) => Math.max(1, offsets.length) * 8),
    // Small hashes, one at a time, while large buffers are compressed again and again: what each of them took.
    threads: async ({ threads }) => {
      kernels.configure({ threads });
      const compress = find('gzip.compress');
      return async (bytes) => {
        const { buffer, output } = await compress(bytes);
        return { input: buffer, answer: output };
      };
    },
    urgent: ({ priority, beside, large, count }) => async (small) => {
      let isOver = false;
      const compress = async (/** @type {Uint8Array} */ bytes) => {
        for (let out = new ArrayBuffer(bytes.byteLength); !isOver;) {
          const { buffer, output } = await kernels.gzip.compress(bytes, { level: 6 }, { out, priority: beside });
          bytes = buffer;
          out = output.buffer;
        }
        return bytes;
      };
      const compressing = large.map(compress);
      const latencies = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        // Apart from one another, so that each begins at another place of a step.
        if (large.length > 0) await sleep(1);
        const start = performance.now();
        small = (await kernels.sha256(small, null, { priority })).buffer;
        latencies[index] = performance.now() - start;
      }
      isOver = true;
      large = await Promise.all(compressing);
      return { input: small, answer: latencies };
    },
    // A probe of the tests, which the list does not have.
    nothing: () => async (input) => ({ input: (await startKernel('probe.nothing', input)).buffer, answer: null })
  };
}

module.exports = { createJobs };
