'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs/promises');
const { test } = require('node:test');
const { markAsUntransferable } = require('node:worker_threads');
const { pooledTogether } = require('../fixtures/pooled');
const { blake3: reference } = require('./blake3-reference');
const { addressOf, hex, isDetached, kernels, pattern, startKernel } = require('./support');

const timeout = 60_000;

const typedArrays = [
  Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array,
  Float64Array, BigUint64Array, BigInt64Array, ...(globalThis.Float16Array ? [globalThis.Float16Array] : [])
];

const views = [
  ['ArrayBuffer', (buffer) => buffer],
  ['DataView', (buffer) => new DataView(buffer)],
  ['DataView of a part', (buffer) => new DataView(buffer, 3, 50)],
  ['Buffer', (buffer) => Buffer.from(buffer)],
  ['Buffer of a part', (buffer) => Buffer.from(buffer, 5, 60)],
  ...typedArrays.map((View) => [View.name, (buffer) => new View(buffer)]),
  ...typedArrays.map((View) => [`${View.name} of a part`, (buffer) => new View(buffer, 8, 9)])
];

const bytesOf = (given) => ArrayBuffer.isView(given)
  ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  : new Uint8Array(given);

for (const [name, make] of views) {
  test(`${name}: detached, hashed and given back where it was, as what it was`, { timeout }, async () => {
    const given = make(pattern(128).buffer);
    const buffer = ArrayBuffer.isView(given) ? given.buffer : given;
    const address = addressOf(given);
    const before = bytesOf(given).slice();
    const { byteOffset, byteLength } = given;

    const promise = kernels.blake3(given);
    assert.ok(isDetached(buffer), 'detached at the call');
    const { value, buffer: back } = await promise;

    assert.equal(hex(value), hex(reference(before)));
    assert.notEqual(back, given);
    assert.equal(Object.getPrototypeOf(back), Object.getPrototypeOf(given));
    assert.equal(back.byteOffset, byteOffset);
    assert.equal(back.byteLength, byteLength);
    assert.deepEqual(bytesOf(back), before);
    assert.equal(addressOf(back), address);
    if (ArrayBuffer.isView(back)) assert.equal(back.buffer.byteLength, 128, 'the whole buffer came back');
  });
}

test('transforms in place, within the bounds of the view', { timeout }, async () => {
  const given = new Uint16Array(pattern(64).buffer, 16, 8);
  const address = addressOf(given);
  const { buffer, ...rest } = await startKernel('probe.invert', given);
  assert.deepEqual(rest, {});
  assert.equal(addressOf(buffer), address);
  const expected = pattern(64).map((byte, index) => index >= 16 && index < 32 ? ~byte : byte);
  assert.deepEqual(new Uint8Array(buffer.buffer), expected);
});

test('gives new bytes beside the input where the output has another size', { timeout }, async () => {
  const given = pattern(100_000);
  const address = addressOf(given);
  const { buffer, output } = await startKernel('probe.double', given);
  assert.equal(addressOf(buffer), address);
  assert.equal(output.constructor, Uint8Array);
  assert.deepEqual(output, pattern(100_000).reduce((doubled, byte, index) => {
    doubled[2 * index] = doubled[2 * index + 1] = byte;
    return doubled;
  }, new Uint8Array(200_000)));
  const empty = await startKernel('probe.double', new Uint8Array(0));
  assert.equal(empty.output.length, 0);
});

test('works on what fs.readFile gives, where it is', { timeout }, async () => {
  const file = await fs.readFile(__filename);
  const expected = hex(reference(file));
  const address = addressOf(file);
  const { value, buffer } = await kernels.blake3(file);
  assert.equal(hex(value), expected);
  assert.equal(addressOf(buffer), address);
  assert.equal(file.length, 0);
});

test('copies a pooled Buffer and leaves its slab alone', { timeout }, async () => {
  const [neighbour, given, after] = pooledTogether('neighbour', 'pooled', 'after');
  const { value, buffer } = await kernels.blake3(given);
  assert.equal(hex(value), hex(reference(Buffer.from('pooled'))));
  assert.ok(Buffer.isBuffer(buffer));
  assert.equal(buffer.toString(), 'pooled');
  assert.notEqual(addressOf(buffer), addressOf(given));
  assert.equal(`${neighbour} ${given} ${after}`, 'neighbour pooled after');
  assert.equal(Buffer.from('still usable').toString(), 'still usable');
});

test('copies what is marked as untransferable', { timeout }, async () => {
  const given = new Float32Array([1, 2, 3, 4]).subarray(1);
  markAsUntransferable(given.buffer);
  const { buffer } = await startKernel('probe.invert', given);
  assert.deepEqual([...given], [2, 3, 4]);
  assert.equal(buffer.constructor, Float32Array);
  assert.deepEqual(bytesOf(buffer), bytesOf(given).map((byte) => ~byte));
});

test('copies the memory of a WebAssembly module', { timeout }, async () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const given = new Uint8Array(memory.buffer, 10, 20).fill(7);
  const { value, buffer } = await kernels.blake3(given);
  assert.equal(hex(value), hex(reference(new Uint8Array(20).fill(7))));
  assert.equal(buffer.length, 20);
  assert.equal(memory.buffer.byteLength, 65536);
  assert.equal(given[0], 7);
});

test('uses a SharedArrayBuffer in place and gives back the very same object', { timeout }, async () => {
  const shared = new SharedArrayBuffer(64);
  for (const given of [shared, new Uint8Array(shared, 8, 16), new DataView(shared), Buffer.from(shared, 4, 4)]) {
    const { value, buffer } = await kernels.blake3(given);
    assert.equal(buffer, given);
    assert.equal(hex(value), hex(reference(new Uint8Array(given.byteLength))));
  }
  await startKernel('probe.invert', new Uint8Array(shared, 8, 16));
  assert.deepEqual([...new Uint8Array(shared, 7, 3)], [0, 255, 255]);
});

test('gives a resizable buffer back resizable, and a view that follows its length as one', { timeout }, async () => {
  const resizable = () => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
    new Uint8Array(buffer).set(pattern(16));
    return buffer;
  };
  for (const make of [
    (buffer) => buffer,
    (buffer) => new Uint8Array(buffer, 4),
    (buffer) => new Uint8Array(buffer, 4, 8),
    (buffer) => new DataView(buffer, 4),
    (buffer) => Buffer.from(buffer, 4, 8)
  ]) {
    const given = make(resizable());
    const address = addressOf(given);
    const expected = hex(reference(bytesOf(given).slice()));
    const { value, buffer: back } = await kernels.blake3(given);
    assert.equal(hex(value), expected);
    assert.equal(Object.getPrototypeOf(back), Object.getPrototypeOf(given));
    assert.equal(addressOf(back), address);

    const twin = make(resizable());
    for (const one of [back, twin]) (one.buffer ?? one).resize(32);
    assert.equal(back.byteLength, twin.byteLength, 'it follows where the original would');
  }
});

test('hashes nothing, from everything that may be empty', { timeout }, async () => {
  const nothing = hex(reference(new Uint8Array(0)));
  const shrunk = new ArrayBuffer(8, { maxByteLength: 8 });
  const following = new Uint8Array(shrunk, 0);
  shrunk.resize(0);
  for (const given of [
    new ArrayBuffer(0), new Uint8Array(0), new Float64Array(0), new DataView(new ArrayBuffer(0)), Buffer.alloc(0),
    new SharedArrayBuffer(0), new Uint8Array(8).subarray(8), following
  ]) {
    const { value, buffer } = await kernels.blake3(given);
    assert.equal(hex(value), nothing);
    assert.equal(buffer.byteLength, 0);
    assert.equal(Object.getPrototypeOf(buffer), Object.getPrototypeOf(given));
  }
});

test('refuses what is detached, out of bounds, or no bytes at all', { timeout }, async () => {
  const detached = new ArrayBuffer(8);
  const views = [new Uint8Array(detached), new DataView(detached), Buffer.from(detached)];
  structuredClone(detached, { transfer: [detached] });
  const shrunk = new ArrayBuffer(8, { maxByteLength: 8 });
  const outside = [new Uint8Array(shrunk, 4, 2), new Uint16Array(shrunk, 4), new DataView(shrunk, 4, 2)];
  shrunk.resize(2);
  for (const given of [
    detached, ...views, ...outside,
    undefined, null, 5, 'bytes', [1, 2], {}, { byteLength: 8 }, () => {}, Symbol('bytes')
  ]) {
    await assert.rejects(kernels.blake3(given), (error) => {
      assert.ok(error instanceof TypeError);
      assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_INPUT');
      return true;
    });
  }
});

test('believes the memory and not what an object says of itself', { timeout }, async () => {
  class Liar extends Uint8Array {
    get byteLength () { return 1 << 30; }
    get byteOffset () { return 4; }
    get buffer () { return new ArrayBuffer(4); }
  }
  const given = new Liar(pattern(10));
  Object.defineProperty(given, 'length', { value: 1e9 });
  const { value, buffer } = await kernels.blake3(given);
  assert.equal(hex(value), hex(reference(pattern(10))));
  assert.equal(buffer.constructor, Uint8Array);
  assert.equal(buffer.length, 10);
});

test('frees the memory of large outputs and inputs', { timeout }, async () => {
  const size = 32 * 1024 * 1024;
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 24; round++) {
    await startKernel('probe.double', new Uint8Array(size));
  }
  // 768 MiB went in and twice that came out.
  assert.ok(process.memoryUsage.rss() - before < 1024 * 1024 * 1024);
});
