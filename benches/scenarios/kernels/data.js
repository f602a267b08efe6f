'use strict';

const { readFileSync } = require('node:fs');

/**
 * Numbers that look like chance and are the same in every process: Marsaglia's xorshift of 32 bits.
 *
 * @param {number} seed not 0
 */
function xorshift (seed) {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Bytes that nothing can be made of.
 *
 * @param {number} length a multiple of 4
 * @param {number} [seed]
 */
function noise (length, seed = 1) {
  const next = xorshift(seed);
  const words = new Uint32Array(length / 4);
  for (let index = 0; index < words.length; index++) {
    words[index] = next();
  }
  return new Uint8Array(words.buffer);
}

/**
 * Floats from -1 to 1.
 *
 * @param {number} length
 * @param {number} [seed]
 */
function floats (length, seed = 1) {
  const next = xorshift(seed);
  const all = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    all[index] = next() / 2 ** 31 - 1;
  }
  return all;
}

/** Bytes of text that are taken from one place at a time: more than the window of gzip. */
const STRETCH = 64 * 1024;

/** Records as an application logs them: much of each is known from the one before. */
function records () {
  const next = xorshift(7);
  const names = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Leslie', 'Tony'];
  const paths = ['/api/orders', '/api/orders/lines', '/login', '/static/app.js', '/api/customers', '/health'];
  let time = Date.UTC(2026, 0, 1);
  const lines = [];
  for (let id = 0; id < 30_000; id++) {
    time += next() % 5_000;
    lines.push(JSON.stringify({
      time: new Date(time).toISOString(),
      level: next() % 20 === 0 ? 'warn' : 'info',
      request: (next() * 2 ** 20 + next() % 2 ** 20).toString(36),
      user: { id: next() % 5_000, name: names[next() % names.length] },
      path: paths[next() % paths.length],
      status: [200, 200, 200, 304, 404, 500][next() % 6],
      milliseconds: (next() % 100_000) / 1000
    }));
  }
  return Buffer.from(lines.join('\n'));
}

/**
 * Text to compress: the source of the TypeScript compiler and its libraries, as this repository
 * pins it, and records of JSON, in stretches that are drawn by lot. What comes again does so
 * megabytes later and in another order.
 *
 * @param {number} length
 */
function text (length) {
  const files = ['typescript.js', 'lib.dom.d.ts'].map((name) => readFileSync(require.resolve(`typescript/lib/${name}`)));
  const source = Buffer.concat([...files, records()]);
  const next = xorshift(3);
  const all = new Uint8Array(length);
  for (let at = 0; at < length; at += STRETCH) {
    const from = next() % (source.length - STRETCH);
    all.set(source.subarray(from, from + Math.min(STRETCH, length - at)), at);
  }
  return all;
}

/**
 * An image of RGBA with soft shapes and a little grain.
 *
 * @param {number} width
 * @param {number} height
 * @param {boolean} [opaque] else alpha differs from pixel to pixel
 */
function photo (width, height, opaque = true) {
  const next = xorshift(11);
  const wave = (/** @type {number} */ length, /** @type {number} */ period, /** @type {number} */ height) =>
    Float64Array.from({ length }, (_, at) => height * Math.sin(at / period));
  const across = [wave(width, 37, 40), wave(width, 91, 50), wave(width, 13, 20)];
  const down = [wave(height, 53, 50), wave(height, 29, 30), wave(height, 111, 60)];
  const image = new Uint8Array(width * height * 4);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const grain = next();
      image[at++] = 128 + across[0][x] + down[0][y] + (grain & 7);
      image[at++] = 128 + across[1][x] + down[1][y] + (grain >>> 3 & 7);
      image[at++] = 128 + across[2][x] + down[2][y] + (grain >>> 6 & 7);
      image[at++] = opaque ? 255 : grain >>> 24;
    }
  }
  return image;
}

module.exports = { xorshift, noise, floats, text, photo };
