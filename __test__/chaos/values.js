'use strict';

const { Random } = require('./random');

/** Makers of values that the inline codec carries, from the plain to the rare. */
const scalars = [
  (random) => random.below(1000),
  (random) => random.next() - 2 ** 31,
  (random) => random.fraction() * 1e9,
  (random) => random.pick([true, false, null, undefined, NaN, -0, Infinity]),
  (random) => 'text '.repeat(random.below(40)),
  (random) => 'Größe € '.repeat(random.below(20)),
  (random) => BigInt(random.next()) ** 3n,
  (random) => new Date(random.next()),
  (random) => Uint8Array.from({ length: random.below(200) }, () => random.below(256)),
  (random) => new Float64Array(random.below(20)).fill(random.fraction())
];

const containers = [
  (random, depth) => Array.from({ length: random.below(5) }, () => make(random, depth - 1)),
  (random, depth) => Object.fromEntries(Array.from({ length: random.below(5) }, (_, at) => [`key${at}`, make(random, depth - 1)])),
  (random, depth) => new Map([[random.below(9), make(random, depth - 1)]]),
  (random, depth) => new Set([make(random, depth - 1)])
];

/**
 * @param {Random} random
 * @param {number} depth
 */
function make (random, depth) {
  return depth > 0 && random.chance(0.6) ? random.pick(containers)(random, depth) : random.pick(scalars)(random);
}

/**
 * The value that a seed stands for. Made anew wherever it is needed, so that nobody can have changed it.
 *
 * @param {number} seed
 */
function valueOf (seed) {
  return make(new Random(seed), 3);
}

/**
 * @param {number} seed
 * @param {number} length
 */
function bytesOf (seed, length) {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  const random = new Random(seed);
  for (let at = 0; at < words.length; at++) words[at] = random.next();
  return bytes;
}

module.exports = { bytesOf, valueOf };
