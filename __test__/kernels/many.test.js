'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Piscina = require('../..');
const { blake3: reference } = require('./blake3-reference');
const { addressOf, hex, isDetached, kernels, pattern } = require('./support');

const timeout = 60_000;

test('maps a kernel over many buffers, in their order', { timeout }, async () => {
  const list = Array.from({ length: 3000 }, (_, index) => pattern(index % 257));
  const addresses = list.map(addressOf);
  const expected = list.map((bytes) => hex(reference(bytes)));
  const pending = kernels.map('blake3', list);
  assert.ok(list.every((bytes) => isDetached(bytes.buffer) || bytes.length === 0));
  const results = await pending;
  assert.deepEqual(results.map(({ value }) => hex(value)), expected);
  assert.deepEqual(results.map(({ buffer }) => addressOf(buffer)), addresses);
  assert.ok(results.every(({ buffer }, index) => buffer.length === index % 257));
});

test('maps in place and into outputs, over every iterable', { timeout }, async () => {
  const inverted = await kernels.map('probe.invert', new Set([pattern(3), pattern(70_000)]));
  assert.deepEqual(inverted[0].buffer, new Uint8Array([255, 254, 253]));
  assert.ok(inverted[1].buffer.every((byte, at) => byte === 255 - at % 251));
  const doubled = await kernels.map('probe.double', [pattern(2), pattern(0), pattern(3)]);
  assert.deepEqual(doubled.map(({ output }) => [...output]), [[0, 0, 1, 1], [], [0, 0, 1, 1, 2, 2]]);
  assert.deepEqual(await kernels.map('blake3', []), []);
});

test('detaches a buffer once for all of its views', { timeout }, async () => {
  const whole = pattern(100);
  const views = [whole.subarray(60), whole.subarray(0, 10), new DataView(whole.buffer, 20, 5)];
  const [last, first, middle] = await kernels.map('probe.invert', views);
  assert.equal(last.buffer.buffer, first.buffer.buffer);
  assert.ok(middle.buffer instanceof DataView);
  const all = new Uint8Array(first.buffer.buffer);
  const isInverted = (at) => at < 10 || (at >= 20 && at < 25) || at >= 60;
  assert.ok(all.every((byte, at) => byte === (isInverted(at) ? 255 - at : at)));
});

test('refuses buffers that share a byte before it takes any', { timeout }, async () => {
  const whole = pattern(100);
  const shared = new SharedArrayBuffer(8);
  for (const list of [
    [whole, whole], [whole.subarray(0, 10), whole.subarray(9)], [whole, pattern(3), whole.buffer], [shared, shared]
  ]) {
    await assert.rejects(kernels.map('blake3', list), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
  }
  assert.equal(whole.length, 100);
  if (ArrayBuffer.prototype.resize !== undefined) {
    const resizable = new ArrayBuffer(16, { maxByteLength: 32 });
    const views = [new Uint8Array(resizable, 0, 4), new Uint8Array(resizable, 4, 4)];
    await assert.rejects(kernels.map('blake3', views), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
    assert.equal(resizable.byteLength, 16);
  }
});

test('takes empty views wherever they lie, since they share no byte', { timeout }, async () => {
  const whole = pattern(100);
  const views = [whole.subarray(0, 10), whole.subarray(0, 0), whole.subarray(5, 5), whole.subarray(10)];
  const results = await kernels.map('blake3', views);
  assert.deepEqual(results.map(({ buffer }) => buffer.length), [10, 0, 0, 90]);
  await assert.rejects(
    kernels.map('blake3', [pattern(3), ...results.map(({ buffer }) => buffer), results[3].buffer.subarray(1)]),
    { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
  const nested = pattern(100);
  await assert.rejects(
    kernels.map('blake3', [nested, nested.subarray(50, 50), nested.subarray(60)]), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
});

test('refuses what is wrong with one of many before it takes any, and says which', { timeout }, async () => {
  const list = [Buffer.alloc(4), Buffer.alloc(3), Buffer.alloc(4)];
  await assert.rejects(kernels.map('probe.halve', list), (error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_RANGE');
    assert.equal(error.index, 1);
    return true;
  });
  assert.ok(list.every(({ length }) => length > 0));
  for (const wrong of [5, null, undefined, 'text', new Uint8Array(3), {}]) {
    await assert.rejects(kernels.map('blake3', wrong), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  }
  await assert.rejects(kernels.map('blake3', [Buffer.alloc(4), 5]), { code: 'ERR_ROCKPOOL_KERNEL_INPUT', index: 1 });
  const gone = new Uint8Array(4);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  await assert.rejects(kernels.map('blake3', [gone]), { code: 'ERR_ROCKPOOL_KERNEL_INPUT', index: 0 });
  await assert.rejects(kernels.map('probe.halve', [Buffer.alloc(3)]), { code: 'ERR_ROCKPOOL_KERNEL_RANGE', index: 0 });
  await assert.rejects(kernels.map('gzip.decompress', [pattern(3)]), (error) => {
    assert.equal(error.index, 0);
    assert.equal(error.buffer.length, 3);
    assert.deepEqual(error.buffers, [error.buffer]);
    return true;
  });
  await assert.rejects(kernels.map(5, list), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  await assert.rejects(kernels.map('blake4', list), { code: 'ERR_ROCKPOOL_UNKNOWN_KERNEL' });
  await assert.rejects(kernels.map('blake3', list, { length: 0 }), { code: 'ERR_ROCKPOOL_KERNEL_RANGE' });
  await assert.rejects(kernels.map('probe.double', list, {}, { out: new Uint8Array(99) }),
    { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
});

test('gives all memory back when many are aborted, or one of them panics', { timeout }, async () => {
  const controller = new AbortController();
  const spinning = kernels.map('probe.spin', [pattern(8), pattern(9)], { milliseconds: 60_000 },
    { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(spinning, (error) => {
    assert.equal(error.code, 'ABORT_ERR');
    assert.deepEqual(error.buffers.map(({ length }) => length), [8, 9]);
    return true;
  });
  await assert.rejects(kernels.map('probe.panic', [pattern(8), pattern(9)]), (error) => {
    assert.deepEqual([error.code, error.index], ['ERR_ROCKPOOL_KERNEL_PANIC', 0]);
    assert.deepEqual(error.buffers.map(({ length }) => length), [8, 9]);
    return true;
  });
});

test('runs kernels in a row, with one hand-over', { timeout }, async () => {
  const pipeline = kernels.pipeline([['probe.double'], ['probe.invert', {}], ['blake3', { length: 4 }]]);
  for (let round = 0; round < 3; round++) {
    const given = new Uint8Array([1, 2]);
    const address = addressOf(given);
    const { values, output, buffer, ...rest } = await pipeline.run(given);
    assert.deepEqual(rest, {});
    assert.deepEqual([...output], [254, 254, 253, 253]);
    assert.deepEqual(values.slice(0, 2), [undefined, undefined]);
    assert.equal(hex(values[2]), hex(reference(output)).slice(0, 8));
    assert.equal(addressOf(buffer), address);
    assert.deepEqual([...buffer], [1, 2], 'the input was only read');
  }
  const out = new Uint8Array(4);
  const address = addressOf(out);
  const { output } = await pipeline.run(pattern(2), { out });
  assert.equal(addressOf(output), address);
});

test('a pipeline of one step, in place, and over many', { timeout }, async () => {
  const one = await kernels.pipeline([['blake3', { length: 2 }]]).run(pattern(3));
  assert.deepEqual(one.values.map(hex), [hex(reference(pattern(3))).slice(0, 4)]);
  const pipeline = kernels.pipeline([['probe.invert'], ['probe.halve']]);
  const results = await pipeline.map([Buffer.alloc(4), Buffer.alloc(6, 1)]);
  assert.deepEqual(results.map(({ output }) => [...output]), [[-1, -1], [-2, -2, -2]]);
  assert.ok(results.every(({ output, buffer }) => output.buffer === buffer.buffer));
  assert.deepEqual([...pipeline.runSync(Buffer.alloc(2)).output], [-1]);
});

test('checks a pipeline as a whole before it starts', { timeout }, async () => {
  for (const steps of [[], 5, null, [5], [['blake3'], 'blake3'], [[5]]]) {
    assert.throws(() => kernels.pipeline(steps), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  }
  assert.throws(() => kernels.pipeline([['blake3'], ['blake4']]), { code: 'ERR_ROCKPOOL_UNKNOWN_KERNEL', step: 1 });
  assert.throws(() => kernels.pipeline([['blake3', { length: 0 }], ['blake3']]),
    { code: 'ERR_ROCKPOOL_KERNEL_RANGE', step: 0 });
  assert.throws(() => kernels.pipeline([['blake3', { length: 0 }]]), { code: 'ERR_ROCKPOOL_KERNEL_RANGE', step: 0 });
  const key = new Uint8Array(32);
  structuredClone(key.buffer, { transfer: [key.buffer] });
  assert.throws(() => kernels.pipeline([['crc32'], ['blake3', { key }]]),
    { code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', step: 1 });
  assert.throws(() => kernels.pipeline([['crc32'], ['blake3', 32]]), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', step: 1 });
  const odd = Buffer.alloc(3);
  await assert.rejects(kernels.pipeline([['blake3'], ['probe.halve']]).run(odd),
    { code: 'ERR_ROCKPOOL_KERNEL_RANGE', step: 1 });
  assert.equal(odd.length, 3);
});

test('says which step has failed', { timeout }, async () => {
  const pipeline = kernels.pipeline([['blake3'], ['probe.grow', { times: 3 }], ['probe.halve']]);
  await assert.rejects(pipeline.run(pattern(1)), (error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_RANGE');
    assert.equal(error.step, 2);
    assert.equal(error.buffer.length, 1);
    return true;
  });
  const one = kernels.pipeline([['gzip.decompress']]);
  await assert.rejects(one.run(pattern(3)), { code: 'ERR_ROCKPOOL_KERNEL_DATA', step: 0 });
  await assert.rejects(one.map([pattern(3)]), { code: 'ERR_ROCKPOOL_KERNEL_DATA', step: 0, index: 0 });
  assert.throws(() => one.runSync(pattern(3)), { code: 'ERR_ROCKPOOL_KERNEL_DATA', step: 0 });
  await assert.rejects(kernels.pipeline([['probe.halve']]).run(Buffer.alloc(3)),
    { code: 'ERR_ROCKPOOL_KERNEL_RANGE', step: 0 });
  await assert.rejects(kernels.map('gzip.decompress', [pattern(3)]), (error) => !('step' in error));
});

test('carries kernels out on this thread, and detaches nothing', { timeout }, () => {
  const bytes = pattern(5);
  const { value, buffer } = kernels.sync.blake3(bytes, { length: 8 });
  assert.equal(hex(value), hex(reference(bytes)).slice(0, 16));
  assert.equal(buffer, bytes);
  assert.throws(() => kernels.sync.blake3(bytes, { length: 0 }), { code: 'ERR_ROCKPOOL_KERNEL_RANGE' });
  assert.throws(() => kernels.sync.blake3(5), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
  assert.equal(kernels.sync.blake3.name, 'blake3');
});

test('a pipeline is a task of a pool like a kernel', { timeout }, async () => {
  const pool = new Piscina({ minThreads: 0, filename: __filename });
  const { values } = await pool.kernel(kernels.pipeline([['probe.invert'], ['blake3']]), pattern(3));
  assert.equal(hex(values[1]), hex(reference(new Uint8Array([255, 254, 253]))));
  assert.equal(pool.completed, 1);
  const bytes = pattern(3);
  // Options in the place of parameters, for one, would be of no effect.
  await assert.rejects(pool.kernel(kernels.pipeline([['blake3']]), bytes, { signal: AbortSignal.abort() }),
    { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', argument: 'params' });
  assert.equal(bytes.length, 3);
  await pool.destroy();
});

test('several views of one buffer come back as what they were, over its one memory', { timeout }, async () => {
  const memory = new ArrayBuffer(200);
  const views = [
    new Uint8Array(memory, 0, 48), new Float32Array(memory, 100, 12), new DataView(memory, 60, 7), Buffer.from(memory, 190, 10)
  ];
  const results = await kernels.map('crc32', views);
  assert.ok(isDetached(memory));
  assert.deepEqual(results.map(({ buffer }) => [buffer.constructor, buffer.byteOffset, buffer.byteLength]),
    [[Uint8Array, 0, 48], [Float32Array, 100, 48], [DataView, 60, 7], [Buffer, 190, 10]]);
  assert.equal(new Set(results.map(({ buffer }) => buffer.buffer)).size, 1);
});
