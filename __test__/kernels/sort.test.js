'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const Piscina = require('../..');
const { abortInTheMiddle } = require('./busy');
const { addressOf, isDetached, kernels, startKernel } = require('./support');

const timeout = 60_000;

const typedArrays = [
  Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array,
  Float64Array, BigUint64Array, BigInt64Array, ...(globalThis.Float16Array ? [globalThis.Float16Array] : [])
];

/** Generated bits, NaN, infinities and zeros of both signs among the floats. */
function generate (View, length) {
  let state = length + 1;
  const words = Uint32Array.from({ length: Math.ceil(length * View.BYTES_PER_ELEMENT / 4) }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return Math.imul(state ^ state >>> 15, 0x2c1b3c6d) ^ state >>> 13;
  });
  const numbers = new View(words.buffer, 0, length);
  if (length > 20 && numbers[0] !== BigInt(0) && typeof numbers[0] === 'number') {
    numbers.set([-0, 0, NaN, Infinity, -Infinity, -0, NaN, 0], 9);
  }
  return numbers;
}

for (const View of typedArrays) {
  test(`sorts a ${View.name} as its own sort does, in place`, { timeout }, async () => {
    for (const length of [0, 1, 2, 100, 511, 513, 70_000, 300_000]) {
      const numbers = generate(View, length);
      const expected = numbers.slice().sort();
      const here = kernels.sync.sort(numbers.slice()).buffer;
      // Strict: -0 is not 0, NaN is NaN.
      assert.ok(expected.every((number, at) => Object.is(here[at], number)), `${length} here`);

      const copy = numbers.slice();
      const address = addressOf(copy);
      const pending = kernels.sort(copy);
      assert.ok(isDetached(copy.buffer));
      const result = await pending;
      assert.deepEqual(Object.keys(result), ['buffer']);
      if (length > 0) assert.equal(addressOf(result.buffer), address);
      assert.ok(expected.every((number, at) => Object.is(result.buffer[at], number)), `${length} on the threads`);

      expected.reverse();
      const { buffer } = await kernels.sort(numbers, { descending: true });
      assert.ok(expected.every((number, at) => Object.is(buffer[at], number)), `${length} descending`);
    }
  });
}

test('sorts a view of a part, a SharedArrayBuffer, and in a pool', { timeout }, async () => {
  const part = new Int16Array(Int16Array.from([9, 5, -3, 7, -9]).buffer, 2, 3);
  const { buffer } = await kernels.sort(part);
  assert.deepEqual([...new Int16Array(buffer.buffer)], [9, -3, 5, 7, -9]);
  const shared = new Float64Array(new SharedArrayBuffer(24));
  shared.set([3, -1, 2]);
  await kernels.sort(shared);
  assert.deepEqual([...shared], [-1, 2, 3]);
  const pool = new Piscina({ minThreads: 0, filename: __filename });
  try {
    assert.deepEqual([...(await pool.kernel('sort', new Uint32Array([2, 1]))).buffer], [1, 2]);
  } finally {
    await pool.destroy();
  }
});

test('refuses what is not a typed array, and unknown parameters', { timeout }, async () => {
  for (const bytes of [Buffer.alloc(8), new ArrayBuffer(8), new DataView(new ArrayBuffer(8))]) {
    await assert.rejects(startKernel('sort', bytes), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
    assert.equal(bytes.byteLength, 8);
  }
  const numbers = new Uint32Array(2);
  await assert.rejects(startKernel('sort', numbers, { order: 'up' }), { code: 'ERR_ROCKPOOL_KERNEL_PARAMETER' });
  await assert.rejects(startKernel('sort', numbers, { descending: 1 }), { code: 'ERR_ROCKPOOL_KERNEL_PARAMETER' });
  assert.equal(numbers.length, 2);
});

test('is given up in the middle, and gives the memory back', { timeout }, async () => {
  for (const View of [Float32Array, BigUint64Array, Uint8Array]) {
    const { progress } = await abortInTheMiddle('sort', generate(View, 24_000_000), null);
    assert.equal(progress.total, 24_000_000);
    assert.equal(progress.unit, 'elements');
  }
});

test('survives that another thread writes to shared memory meanwhile', { timeout }, async () => {
  const memory = new SharedArrayBuffer(8 << 20);
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads');
    const words = new Int32Array(workerData);
    parentPort.postMessage('writes');
    for (let state = 1; words[0] !== 77; ) {
      state = Math.imul(state, 1664525) + 1013904223 | 0;
      words[1 + (state >>> 11) % (words.length - 1)] = state;
    }`, { eval: true, workerData: memory });
  try {
    await once(worker, 'message');
    for (const View of [Uint32Array, Float64Array, Int16Array]) {
      for (let round = 0; round < 10; round++) {
        // The first word tells the writer to stop, and is left out.
        const numbers = new View(memory, 8);
        await kernels.sort(numbers).catch((error) => {
          assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_INPUT');
          assert.equal(error.buffer, numbers);
        });
      }
    }
  } finally {
    Atomics.store(new Int32Array(memory), 0, 77);
    await once(worker, 'exit');
  }
});
