'use strict';

// Kernels that write, on more than 4 GiB. Not part of `npm test`, since the memory is real here: `npm run test:large`
// takes up to 9 GiB of it (a sort of 32 bits has scratch memory as large as its input), and two minutes.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { test } = require('node:test');
const { kernels } = require('../kernels/support');

const timeout = 900_000;

/** Larger than what 32 bits count. */
const length = 2 ** 32 + 4096;

/** One for all: a test takes it and leaves it for the next. */
let memory = new ArrayBuffer(length);

/** All of it, as zeros. */
function zeros () {
  new BigUint64Array(memory).fill(0n);
  return memory;
}

test('AES-256-GCM as one message and in segments, against Node\'s crypto', { timeout }, async () => {
  const key = Buffer.alloc(32, 1);
  const nonce = Buffer.alloc(12, 2);
  const algorithm = 'aes-256-gcm';
  let { value: tag, buffer } = await kernels.aead.seal(zeros(), { algorithm, key, nonce });
  const decipher = crypto.createDecipheriv(algorithm, key, nonce).setAuthTag(tag);
  const stride = 2 ** 28;
  for (let at = 0; at < length; at += stride) {
    const plain = decipher.update(Buffer.from(buffer, at, Math.min(stride, length - at)));
    assert.equal(Buffer.compare(plain, Buffer.alloc(plain.length)), 0);
  }
  decipher.final();
  ({ buffer } = await kernels.aead.open(buffer, { algorithm, key, nonce, tag }));

  const segments = { algorithm, key, nonce: nonce.subarray(0, 7), segment: 2 ** 20 };
  ({ value: tag, buffer } = await kernels.aead.seal(buffer, segments));
  const { buffer: plain } = await kernels.aead.open(buffer, { ...segments, tag });
  const { value: counts, buffer: back } = await kernels.histogram(plain);
  memory = back;
  assert.equal(counts[0], length, 'zeros again');
});

test('sort, of 16 bits and of 32', { timeout }, async () => {
  const short = new Uint16Array(zeros());
  short[0] = 9;
  short[2 ** 31] = 1;
  short[5] = 65_535;
  const { buffer: sorted } = await kernels.sort(short);
  assert.equal(sorted.length, length / 2);
  assert.deepEqual([...sorted.subarray(-4)], [0, 1, 9, 65_535]);
  const { value, buffer: back } = await kernels.histogram(sorted);
  // A one, a nine, and two bytes of 255.
  assert.equal(value[0], length - 4, 'the rest are zeros');

  const words = new Uint32Array(back.buffer);
  // Each number once, in an order that is far from theirs.
  for (let at = 0; at < words.length; at++) words[at] = at * 999_983 % words.length;
  const { buffer: ordered } = await kernels.sort(words);
  memory = ordered.buffer;
  for (let at = 0; at < ordered.length; at++) {
    if (ordered[at] !== at) assert.fail(`${ordered[at]} at ${at}`);
  }
});

test('rows of floats, and pixels', { timeout }, async () => {
  const floats = new Float32Array(zeros());
  const last = floats.length - 2;
  floats[last] = -3;
  floats[last + 1] = 4;
  const { buffer: normalized } = await kernels.vector.normalize(floats, { dimensions: 8 });
  assert.deepEqual([...normalized.subarray(last)], [Math.fround(-0.6), Math.fround(0.8)]);
  const { output, buffer: back } = await kernels.vector.toHalf(normalized);
  memory = back.buffer;
  const halves = new Uint16Array(output.buffer, output.byteOffset, output.length);
  assert.equal(halves.length, length / 4);
  assert.deepEqual([...halves.subarray(last)], [0xB8CD, 0x3A66]);

  const count = length / 4;
  const { buffer } = await kernels.image.invert(zeros(), { width: 17_408, height: count / 17_408 });
  const { value } = await kernels.histogram(buffer);
  assert.deepEqual([value[0], value[255]], [count, 3 * count], 'alpha stays');
});
