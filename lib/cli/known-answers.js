'use strict';

const zlib = require('node:zlib');

/**
 * For each kernel a call whose answer is known from elsewhere: from its specification, or by hand.
 *
 * @typedef {object} Known
 * @property {() => any} bytes
 * @property {object} [parameters]
 * @property {(result: any) => unknown} answer
 * @property {unknown} expected
 */

const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('hex');
const bytesOf = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text, 'latin1'));
const bytesOfHex = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text, 'hex'));
const floats = (/** @type {number[]} */ ...numbers) => () => new Float32Array(numbers);
const textOf = (/** @type {any} */ { output }) => Buffer.from(output).toString('latin1');
const listOf = (/** @type {Iterable<number>} */ numbers) => [...numbers];

/** One pixel in and out. */
const pixel = { width: 1, height: 1 };
const bufferOf = (/** @type {any} */ { buffer }) => listOf(buffer);

// Test case 14 of the paper that defines GCM, with AES-256.
const sealed = { algorithm: 'aes-256-gcm', key: new Uint8Array(32), nonce: new Uint8Array(12) };
const tag = 'd0d1c8a799996bf0265b98b5d48ab919';
const ciphertext = 'cea7403d4d606b6e074ec5d3baf39d18';

/** @type {Readonly<Record<string, Known>>} */
const knownAnswers = Object.freeze({
  blake3: {
    bytes: () => bytesOf(''),
    answer: ({ value }) => hex(value),
    expected: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
  },
  sha256: {
    bytes: () => bytesOf('abc'),
    answer: ({ value }) => hex(value),
    expected: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  },
  xxh3: { bytes: () => bytesOf(''), answer: ({ value }) => value, expected: 0x2d06800538d394c2n },
  crc32: { bytes: () => bytesOf('123456789'), answer: ({ value }) => value, expected: 0xcbf43926 },
  'aead.seal': {
    bytes: () => new Uint8Array(16),
    parameters: sealed,
    answer: ({ buffer, value }) => [hex(buffer), hex(value)],
    expected: [ciphertext, tag]
  },
  'aead.open': {
    bytes: () => bytesOfHex(ciphertext),
    parameters: { ...sealed, tag: bytesOfHex(tag) },
    answer: ({ buffer }) => hex(buffer),
    expected: '00'.repeat(16)
  },
  histogram: {
    bytes: () => bytesOf('aab'),
    answer: ({ value }) => [value.length, value[0x61], value[0x62], value[0x63]],
    expected: [256, 2, 1, 0]
  },
  'search.count': {
    bytes: () => bytesOf('abcabca'),
    parameters: { pattern: bytesOf('bc') },
    answer: ({ value }) => value,
    expected: 2
  },
  'search.offsets': {
    bytes: () => bytesOf('abcabca'),
    parameters: { pattern: bytesOf('bc') },
    answer: ({ output }) => listOf(output),
    expected: [1, 4]
  },
  'vector.normalize': {
    bytes: floats(3, 4, 0, 0),
    parameters: { dimensions: 2 },
    answer: ({ buffer }) => listOf(buffer),
    expected: [Math.fround(0.6), Math.fround(0.8), 0, 0]
  },
  'vector.softmax': {
    bytes: floats(1, 1, 1000, 1000),
    parameters: { dimensions: 2 },
    answer: ({ buffer }) => listOf(buffer),
    expected: [0.5, 0.5, 0.5, 0.5]
  },
  'vector.quantize': {
    bytes: floats(127, -63.5, 1, 2),
    parameters: { dimensions: 2 },
    answer: ({ output }) => listOf(output),
    expected: [127, -64, 64, 127]
  },
  'vector.toHalf': {
    bytes: floats(1, -2, 65_520),
    answer: ({ output }) => listOf(output),
    expected: [0x3c00, 0xc000, 0x7c00]
  },
  'vector.topk': {
    bytes: floats(1, 0, 0, 1, 1, 1, -1, 0),
    parameters: { dimensions: 2, query: [0, 1], k: 2 },
    answer: ({ value }) => listOf(value.indices),
    expected: [1, 2]
  },
  'matrix.multiply': {
    bytes: floats(1, 2, 3, 4, 5, 6),
    parameters: { m: 2, k: 3, n: 2, other: [1, 0, 0, 1, 1, 1] },
    answer: ({ output }) => listOf(output),
    expected: [4, 5, 10, 11]
  },
  sort: { bytes: floats(3, -1, 2), answer: ({ buffer }) => listOf(buffer), expected: [-1, 2, 3] },
  'gzip.compress': {
    bytes: () => bytesOf('hello, hello, hello'),
    answer: ({ output }) => zlib.gunzipSync(output).toString(),
    expected: 'hello, hello, hello'
  },
  'gzip.decompress': {
    bytes: () => new Uint8Array(zlib.gzipSync('hello, hello, hello')),
    answer: textOf,
    expected: 'hello, hello, hello'
  },
  'zstd.compress': {
    bytes: () => bytesOf('hello'),
    // What a frame begins with; what is in it is the business of the next one.
    answer: ({ output }) => hex(output.subarray(0, 4)),
    expected: '28b52ffd'
  },
  'zstd.decompress': {
    // A frame of one raw block.
    bytes: () => bytesOfHex(`28b52ffd2005290000${Buffer.from('hello').toString('hex')}`),
    answer: textOf,
    expected: 'hello'
  },
  'image.resize': {
    bytes: () => new Uint8Array(4 * 4 * 4).fill(200),
    parameters: { width: 4, height: 4, toWidth: 2, toHeight: 1 },
    answer: ({ output }) => listOf(output),
    expected: Array(8).fill(200)
  },
  'image.toTensor': {
    bytes: () => new Uint8Array([255, 0, 51, 255]),
    parameters: pixel,
    answer: ({ output }) => listOf(output),
    expected: [1, 0, Math.fround(0.2)]
  },
  'image.blur': {
    bytes: () => new Uint8Array(3 * 3 * 4).fill(77),
    parameters: { width: 3, height: 3, sigma: 1 },
    answer: bufferOf,
    expected: Array(36).fill(77)
  },
  'image.adjust': {
    bytes: () => new Uint8Array([100, 150, 200, 90]),
    parameters: { ...pixel, brightness: 0.5 },
    answer: bufferOf,
    expected: [50, 75, 100, 90]
  },
  'image.grayscale': {
    bytes: () => new Uint8Array([255, 128, 0, 90]),
    parameters: pixel,
    answer: bufferOf,
    expected: [146, 146, 146, 90]
  },
  'image.invert': {
    bytes: () => new Uint8Array([255, 128, 0, 90]),
    parameters: pixel,
    answer: bufferOf,
    expected: [0, 127, 255, 90]
  },
  'image.lut': {
    bytes: () => new Uint8Array([0, 64, 255, 90]),
    parameters: { ...pixel, table: Uint8Array.from({ length: 256 }, (_, value) => 255 - value) },
    answer: bufferOf,
    expected: [255, 191, 0, 90]
  },
  'image.premultiply': {
    bytes: () => new Uint8Array([200, 100, 50, 128]),
    parameters: pixel,
    answer: bufferOf,
    expected: [100, 50, 25, 128]
  },
  'image.unpremultiply': {
    bytes: () => new Uint8Array([100, 50, 25, 128]),
    parameters: pixel,
    answer: bufferOf,
    expected: [199, 100, 50, 128]
  },
  'image.swizzle': {
    bytes: () => new Uint8Array([1, 2, 3, 4]),
    parameters: { ...pixel, order: 'bgra' },
    answer: bufferOf,
    expected: [3, 2, 1, 4]
  }
});

module.exports = { knownAnswers };
