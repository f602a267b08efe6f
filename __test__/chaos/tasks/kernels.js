'use strict';

const { createHash } = require('node:crypto');
const { gunzipSync } = require('node:zlib');

const { kernels } = require('../../..');
const { same } = require('../same');
const { bytesOf } = require('../values');

/** Native kernels: of a pool and without one, on lists, as pipelines, on the calling thread. */

const sizes = [0, 64, 5000, 70_000, 700_000];

/** Null: none is given. */
const priorities = [null, null, 'interactive', 'default', 'background'];

const lent = (random) => ({ seed: random.next(), length: random.pick(sizes), priority: random.pick(priorities) });
const manyLent = (random) => ({ seed: random.next(), priority: random.pick(priorities), lengths: Array.from({ length: 1 + random.below(6) }, () => random.below(30_000)) });

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Each with what its result has to be. */
const calls = {
  sha256: { check: ({ value }, bytes) => same(value, sha256(bytes)) },
  blake3: { check: ({ value }, bytes) => same(value, kernels.sync.blake3(bytes).value) },
  'gzip.compress': { params: { level: 1 }, check: ({ output }, bytes) => same(new Uint8Array(gunzipSync(output)), bytes) },
  sort: { check: ({ buffer }, bytes) => same(buffer, bytes.sort()), writes: true }
};

/**
 * The memory that was lent comes back, whatever becomes of the call.
 *
 * @param {any} returned
 * @param {number} length
 */
function checkReturned (returned, length) {
  return returned?.byteLength === length ? null : `gave ${returned?.byteLength} of ${length} bytes back`;
}

/**
 * @param {any} item
 * @param {any} result
 */
function checkCall ({ kernel, seed, length }, result) {
  const bytes = bytesOf(seed, length);
  if (!calls[kernel].check(result, bytes)) return `has a wrong result of ${kernel}`;
  return checkReturned(result.buffer, length);
}

/** A call that was refused took nothing; one that failed gives the memory back. */
const returns = (error, { length }, { given }) => given.byteLength === length ? null : checkReturned(error?.buffer, length);

const called = (random) => ({ kernel: random.pick(Object.keys(calls)), ...lent(random) });

/** @type {import('./index').TaskKind[]} */
const kinds = [
  {
    name: 'kernelOfPool',
    weight: 2,
    counted: true,
    make: called,
    start: ({ pool }, item, options, entry) => pool.kernel(item.kernel, lend(item, entry), calls[item.kernel].params, options),
    check: checkCall,
    returns
  },
  {
    name: 'kernel',
    weight: 1,
    make: called,
    start (_, item, options, entry) {
      const [family, member] = item.kernel.split('.');
      const kernel = member === undefined ? kernels[family] : kernels[family][member];
      return kernel(lend(item, entry), calls[item.kernel].params, options);
    },
    check: checkCall,
    returns
  },
  {
    name: 'kernelOnRubbish',
    weight: 0.5,
    counted: true,
    make: lent,
    start: ({ pool }, item, options, entry) => pool.kernel('gzip.decompress', lend(item, entry), undefined, options),
    check: () => 'decompressed rubbish',
    expects: (error) => /^ERR_ROCKPOOL_KERNEL_DATA/.test(error?.code),
    returns
  },
  {
    name: 'kernelOnThisThread',
    weight: 0.5,
    make: lent,
    start: async (_, { seed, length }) => kernels.sync.sha256(bytesOf(seed, length)),
    check: ({ seed, length }, { value }) => same(value, sha256(bytesOf(seed, length))) ? null : 'has a wrong result'
  },
  {
    name: 'kernelsOnSharedMemory',
    weight: 0.5,
    make: (random) => ({ ...lent(random), length: 1 + random.below(100_000) }),
    async start (_, { seed, length }, options) {
      const bytes = new Uint8Array(new SharedArrayBuffer(length));
      bytes.set(bytesOf(seed, length));
      // While the first one writes, nobody else has the memory. It may have ended before the second one starts.
      const calls = [kernels.sort(bytes, undefined, options), kernels.sha256(bytes.subarray(length >> 1))];
      const [first, second] = await Promise.allSettled(calls);
      if (first.status === 'rejected') throw first.reason;
      return { bytes, refusal: second.status === 'rejected' ? second.reason.code : null };
    },
    check ({ seed, length }, { bytes, refusal }) {
      if (refusal !== null && refusal !== 'ERR_ROCKPOOL_KERNEL_BUSY') return `refused the second call with ${refusal}`;
      return same([...bytes], [...bytesOf(seed, length).sort()]) ? null : 'has a wrong result of sort';
    }
  },
  {
    name: 'list',
    weight: 1,
    make: manyLent,
    start (_, { seed, lengths }, options) {
      return kernels.map('sha256', lengths.map((length, at) => bytesOf(seed + at, length)), undefined, options);
    },
    check ({ seed, lengths }, results) {
      if (results.length !== lengths.length) return `has ${results.length} of ${lengths.length} results`;
      const wrong = results.findIndex(({ value, buffer }, at) =>
        buffer.byteLength !== lengths[at] || !same(value, sha256(bytesOf(seed + at, lengths[at]))));
      return wrong === -1 ? null : `has a wrong result in the place ${wrong} of its list`;
    }
  },
  {
    name: 'pipeline',
    weight: 1,
    counted: true,
    make: lent,
    start: ({ pool }, item, options, entry) => pool.kernel(steps(), lend(item, entry), null, options),
    check: checkSteps,
    returns
  },
  {
    name: 'pipelineOnList',
    weight: 0.5,
    make: manyLent,
    start: (_, { seed, lengths }, options) => steps().map(lengths.map((length, at) => bytesOf(seed + at, length)), options),
    check ({ seed, lengths }, results) {
      return lengths.map((length, at) => checkSteps({ seed: seed + at, length }, results[at])).find(Boolean) ?? null;
    }
  }
];

/** @returns {any} a pipeline that answers twice and writes in between */
function steps () {
  return kernels.pipeline([['sha256'], ['sort'], ['sha256']]);
}

/**
 * @param {any} item
 * @param {any} result
 */
function checkSteps ({ seed, length }, result) {
  const bytes = bytesOf(seed, length);
  const answers = result.values.filter((/** @type {any} */ value) => value !== undefined && value !== null);
  if (!same(answers, [sha256(bytes), sha256(bytes.sort())])) return 'has wrong answers';
  return checkReturned(result.buffer, length);
}

/**
 * @param {any} item
 * @param {any} entry keeps what was lent, to see afterwards whether it was taken
 */
function lend ({ seed, length }, entry) {
  return entry.given = bytesOf(seed, length);
}

module.exports = kinds.map((kind) => ({
  ...kind,
  start: (scene, item, options, entry) =>
    kind.start(scene, item, item.priority === null ? options : { ...options, priority: item.priority }, entry)
}));
