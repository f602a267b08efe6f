'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const zlib = require('node:zlib');
const native = require('../../lib/binding');
const { elementOf, views } = require('../../lib/kernels/elements');
const { addressOf, isDetached, kernels, pattern, startKernel } = require('./support');

const timeout = 60_000;

test('numbers the elements as the native side does', { timeout }, () => {
  const names = native.kernelElements();
  assert.equal(names.length, views.length);
  assert.equal(names[0], 'bytes');
  for (const [number, name] of names.entries()) {
    const View = globalThis[name];
    if (View === undefined) continue;
    assert.equal(views[number], View);
    assert.equal(elementOf(new View(1)), number);
  }
  for (const untyped of [Buffer.alloc(1), new ArrayBuffer(1), new SharedArrayBuffer(1), new DataView(new ArrayBuffer(1))]) {
    assert.equal(elementOf(untyped), 0);
  }
});

test('writes to the buffer that is lent for the output', { timeout }, async () => {
  for (const make of [
    (length) => new ArrayBuffer(length),
    (length) => new Uint8Array(length),
    (length) => new DataView(new ArrayBuffer(length)),
    (length) => new Uint8Array(new ArrayBuffer(length + 24), 16, length),
    (length) => Buffer.from(new ArrayBuffer(length)),
    (length) => new Float64Array(length / 8)
  ]) {
    const out = make(24);
    const address = addressOf(out);
    const given = new Uint8Array([1, 2, 3]);
    const pending = startKernel('probe.double', given, {}, { out });
    assert.ok(isDetached(out.buffer ?? out));
    const { output, buffer } = await pending;
    assert.deepEqual([...output], [1, 1, 2, 2, 3, 3]);
    assert.equal(addressOf(output), address);
    assert.equal(Buffer.isBuffer(output), Buffer.isBuffer(out));
    assert.deepEqual(buffer, new Uint8Array([1, 2, 3]));
  }
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const { output } = await startKernel('probe.double', new Uint8Array([5]), {}, { out: shared });
  assert.equal(output.buffer, shared.buffer);
  assert.deepEqual([...shared], [5, 5, 0, 0, 0, 0, 0, 0]);
});

test('refuses an output buffer that does not suit before anything is detached', { timeout }, async () => {
  const bytes = pattern(8);
  const refuse = async (name, out, code) => {
    await assert.rejects(startKernel(name, bytes, {}, { out }), { code });
    assert.equal(bytes.length, 8);
  };
  await refuse('probe.double', new Uint8Array(15), 'ERR_ROCKPOOL_KERNEL_OUTPUT');
  await refuse('probe.double', 5, 'ERR_ROCKPOOL_KERNEL_INPUT');
  await refuse('probe.double', bytes, 'ERR_ROCKPOOL_KERNEL_INPUT');
  await refuse('probe.double', bytes.buffer, 'ERR_ROCKPOOL_KERNEL_INPUT');
  await refuse('blake3', new Uint8Array(64), 'ERR_ROCKPOOL_KERNEL_PARAMETER');
  await refuse('probe.invert', new Uint8Array(64), 'ERR_ROCKPOOL_KERNEL_PARAMETER');
});

test('two halves of one buffer serve as input and output', { timeout }, async () => {
  const whole = new ArrayBuffer(64);
  const [input, out] = [new Uint8Array(whole, 0, 16), new Uint8Array(whole, 32, 32)];
  input.fill(7);
  const { buffer, output } = await startKernel('probe.double', input, {}, { out });
  assert.equal(buffer.buffer, output.buffer);
  assert.deepEqual([...output], new Array(32).fill(7));
});

test('grows an output of its own, and gives a lent one back when that is too small', { timeout }, async () => {
  const { output } = await startKernel('probe.grow', new Uint8Array([1, 2]), { times: 100_000 });
  assert.equal(output.length, 200_000);
  assert.equal(output.buffer.byteLength, 200_000);
  assert.ok(output.every((byte, at) => byte === at % 2 + 1));

  const out = new Uint8Array(9);
  const address = addressOf(out);
  await assert.rejects(startKernel('probe.grow', new Uint8Array([1, 2]), { times: 5 }, { out }), (error) => {
    assert.ok(error instanceof RangeError);
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT');
    assert.match(error.message, /10 bytes.* 9/);
    assert.deepEqual(error.buffer, new Uint8Array([1, 2]));
    assert.equal(addressOf(error.out), address);
    return true;
  });
});

test('what became smaller in place is a view of the same memory', { timeout }, async () => {
  const given = Buffer.from(Uint8Array.of(1, 2, 253, 4).buffer);
  const address = addressOf(given);
  const { buffer, output } = await startKernel('probe.halve', given);
  assert.ok(output instanceof Int8Array);
  assert.deepEqual([...output], [1, -3]);
  assert.equal(output.buffer, buffer.buffer);
  assert.equal(addressOf(output), address);
  assert.equal(buffer.length, 4);
  await assert.rejects(startKernel('probe.halve', Buffer.alloc(3)), { code: 'ERR_ROCKPOOL_KERNEL_RANGE' });
});

test('what a call on this thread has written is exactly as long as its buffer', { timeout }, () => {
  const bytes = pattern(300_000);
  const [gzip, zstd] = [zlib.gzipSync(bytes), kernels.sync.zstd.compress(bytes).output];
  for (const [output, expected] of [
    [kernels.sync.gzip.decompress(gzip).output, [bytes]],
    // More than its last bytes say, and less.
    [kernels.sync.gzip.decompress(Buffer.concat([gzip, zlib.gzipSync('')])).output, [bytes]],
    [kernels.sync.gzip.decompress(Buffer.concat([gzip, gzip])).output, [bytes, bytes]],
    [kernels.sync.zstd.decompress(Buffer.concat([zstd, zstd])).output, [bytes, bytes]],
    [kernels.sync.gzip.decompress(zlib.gzipSync('')).output, []],
    [zlib.gunzipSync(kernels.sync.gzip.compress(bytes).output), [bytes]],
    [kernels.pipeline([['probe.double'], ['probe.invert'], ['probe.invert']]).runSync(new Uint8Array(3)).output,
      [new Uint8Array(6)]]
  ]) {
    assert.deepEqual(Buffer.from(output), Buffer.concat(expected));
    if (!Buffer.isBuffer(output)) assert.equal(output.buffer.byteLength, output.length);
  }
});
