'use strict';

// Before the package is loaded, which takes the function that it finds.
const { structuredClone } = globalThis;
let clone = structuredClone;
globalThis.structuredClone = (value, options) => clone(value, options);

// Arguments that do things while they are looked at. Whatever they do, the answer is right or there is an error, and
// what was detached comes back with it.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');
const Piscina = require('../..');
const { isDetached, kernels, pattern } = require('./support');

const timeout = 60_000;

/** CRC-32 of the first 100 bytes of the pattern, from the trailer that zlib writes. */
const expected = gzipSync(pattern(100)).readUInt32LE(gzipSync(pattern(100)).length - 8);

const detach = (/** @type {Uint8Array} */ bytes) => structuredClone(bytes.buffer, { transfer: [bytes.buffer] });

/** A signal that does something when it is asked whether it was aborted. */
function askedSignal (act) {
  return Object.defineProperty(new EventTarget(), 'aborted', {
    get () {
      act();
      return false;
    }
  });
}

/** An object whose prototype does something when somebody asks for the prototype's prototype, that many times later. */
function askedView (view, times, act) {
  const prototype = Object.getPrototypeOf(view);
  return Object.setPrototypeOf(view, new Proxy(prototype, {
    getPrototypeOf () {
      if (times-- === 0) act();
      return Object.getPrototypeOf(prototype);
    }
  }));
}

test('a signal that calls other kernels when it is asked disturbs nothing', { timeout }, async () => {
  for (const other of [
    () => kernels.sync.crc32(new Uint8Array(100)),
    () => kernels.sha256(new Uint8Array(100)),
    () => kernels.map('sha256', [new Uint8Array(100)]),
    () => assert.throws(() => kernels.sync.crc32(new Uint8Array(100), { initial: -1 }))
  ]) {
    const { value } = await kernels.crc32(pattern(100), {}, { signal: askedSignal(other) });
    assert.equal(value, expected);
  }
});

test('a signal that detaches or resizes the bytes when it is asked', { timeout }, async () => {
  const bytes = pattern(100);
  await assert.rejects(kernels.crc32(bytes, {}, { signal: askedSignal(() => detach(bytes)) }),
    { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });

  const resizable = new ArrayBuffer(200, { maxByteLength: 400 });
  const following = new Uint8Array(resizable);
  following.set(pattern(100));
  const { value, buffer } = await kernels.crc32(following, {}, { signal: askedSignal(() => resizable.resize(100)) });
  assert.equal(value, expected);
  assert.equal(buffer.length, 100);
});

test('a signal that throws when it is asked takes nothing', { timeout }, async () => {
  const bytes = pattern(100);
  const signal = askedSignal(() => { throw new Error('not today'); });
  await assert.rejects(kernels.crc32(bytes, {}, { signal }), { message: 'not today' });
  assert.equal(bytes.length, 100);
});

test('a signal that takes no listener gives the memory back', { timeout }, async () => {
  const pool = new Piscina({ filename: __filename, minThreads: 0, maxThreads: 1 });
  for (const thrown of [new Error('no listeners'), Object.freeze(new Error('frozen')), 'a string', undefined]) {
    const signal = { addEventListener () { throw thrown; }, removeEventListener () {} };
    const out = new Uint8Array(1000);
    // One after the other: while one is awaited nobody would hear of another's rejection.
    /** @type {[() => Promise<unknown>, boolean][]} */
    const calls = [
      [() => kernels.crc32(pattern(100), {}, { signal }), false],
      [() => kernels.map('crc32', [pattern(100), pattern(7)], {}, { signal }), true],
      [() => kernels.gzip.compress(pattern(100), {}, { signal, out: out.slice() }), false],
      [() => pool.kernel('crc32', pattern(100), {}, { signal }), false]
    ];
    for (const [call, several] of calls) {
      await assert.rejects(call, (/** @type {any} */ error) => {
        assert.ok(error === thrown || error.cause === thrown, String(error));
        assert.deepEqual(several ? error.buffers : error.buffer, several ? [pattern(100), pattern(7)] : pattern(100));
        return true;
      });
    }
  }
  await pool.close();
});

test('a listener for progress that cannot be bound takes nothing', { timeout }, async () => {
  const bytes = pattern(100);
  const onProgress = new Proxy(() => {}, { get () { throw new Error('a trap'); } });
  await assert.rejects(kernels.crc32(bytes, {}, { onProgress }), { message: 'a trap' });
  assert.equal(bytes.length, 100);
});

test('a listener for progress may throw anything, and the other calls go on', { timeout }, async () => {
  for (const thrown of [
    new Error('enough'), Object.freeze(new Error('frozen')), undefined, Symbol('thrown'),
    new Proxy({}, { getPrototypeOf () { throw new Error('a trap'); } })
  ]) {
    const bytes = pattern(100);
    const given = kernels.pipeline([['probe.spin', { milliseconds: 60_000 }]])
      .run(bytes, { onProgress () { throw thrown; } });
    const others = Array.from({ length: 20 }, () => kernels.crc32(pattern(100)));
    await assert.rejects(given, (/** @type {any} */ error) => {
      assert.ok(error === thrown || error.cause === thrown);
      assert.equal(error.buffer.length, 100);
      return true;
    });
    for (const { value } of await Promise.all(others)) assert.equal(value, expected);
  }
});

test('an error that several listeners throw comes back once for each call, with its memory', { timeout }, async () => {
  const thrown = new Error('enough');
  const spin = kernels.pipeline([['probe.spin', { milliseconds: 60_000 }]]);
  const lengths = [100, 101, 102];
  const calls = lengths.map((length) => spin.run(pattern(length), { onProgress () { throw thrown; } }));
  const errors = await Promise.all(calls.map((call) => call.then(() => null, (error) => error)));
  assert.deepEqual(errors.map(({ buffer }) => buffer.length), lengths);
  assert.ok(errors.every((error) => error === thrown || error.cause === thrown));
});

test('what a listener throws may have an index of its own', { timeout }, async () => {
  const spin = kernels.pipeline([['probe.spin', { milliseconds: 60_000 }]]);
  const indices = [
    { value: 7 }, { get () { throw new Error('asked for its index'); } }
  ];
  for (const index of indices) {
    const thrown = () => Object.defineProperty(new Error('enough'), 'index', index);
    const one = spin.run(pattern(100), { onProgress () { throw thrown(); } });
    await assert.rejects(one, ({ buffer }) => buffer.length === 100);
    const many = spin.map([pattern(100), pattern(101)], { onProgress () { throw thrown(); } });
    await assert.rejects(many, (/** @type {any} */ error) => {
      assert.deepEqual(error.buffers.map(({ length }) => length), [100, 101]);
      assert.ok(!('buffer' in error), 'it is about none of them');
      return true;
    });
  }
});

test('no trap of a prototype runs between the look at the bytes and their loan', { timeout }, async () => {
  for (let times = 0; times < 8; times++) {
    for (const act of [
      (/** @type {ArrayBuffer} */ buffer) => structuredClone(buffer, { transfer: [buffer] }),
      (/** @type {any} */ buffer) => buffer.resize(10),
      (/** @type {any} */ buffer) => buffer.resize(200)
    ]) {
      const buffer = new ArrayBuffer(100, { maxByteLength: 200 });
      const bytes = new Uint8Array(buffer);
      bytes.set(pattern(100));
      const asked = askedView(bytes, times, () => act(buffer));
      assert.equal((await kernels.crc32(asked)).value, expected);
      const other = askedView(new Uint8Array(pattern(100)), times, () => {});
      assert.equal(kernels.sync.crc32(other).value, expected);
    }
  }
});

test('parameters that act when they are read', { timeout }, async () => {
  const bytes = pattern(100);
  await assert.rejects(kernels.crc32(bytes, { get initial () { detach(bytes); return 0; } }),
    { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });

  const reentrant = { get initial () { kernels.sync.sha256(new Uint8Array(100)); return 0; } };
  assert.equal((await kernels.crc32(pattern(100), reentrant)).value, expected);

  const key = new Uint8Array(32);
  const rest = { algorithm: 'aes-256-gcm', key, get nonce () { if (key.length > 0) detach(key); return new Uint8Array(12); } };
  const plain = pattern(100);
  await assert.rejects(kernels.aead.seal(plain, rest), (/** @type {any} */ error) => {
    assert.match(error.code, /^ERR_ROCKPOOL_KERNEL_(PARAMETER|RANGE)$/);
    return true;
  });
  await assert.rejects(kernels.aead.seal(plain, { ...rest, nonce: key }),
    { name: 'TypeError', code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: /key .*detached/ });
  assert.equal(plain.length, 100);
});

test('a list of numbers with a hole is no list of numbers, however long it is', { timeout }, async () => {
  const vectors = new Float32Array(30);
  const holes = [1, 2, 3];
  delete holes[1];
  for (const query of [holes, Object.assign([1, 2, 3], { length: 2 ** 32 - 1 })]) {
    await assert.rejects(kernels.vector.topk(vectors, { dimensions: 3, k: 1, query }),
      { name: 'TypeError', code: 'ERR_ROCKPOOL_KERNEL_PARAMETER' });
  }
  assert.equal(vectors.length, 30);
});

test('options that change while they are read', { timeout }, async () => {
  let reads = 0;
  const out = new Uint8Array(1000);
  const options = { get out () { return reads++ === 0 ? undefined : out; } };
  await kernels.map('gzip.compress', [pattern(100)], {}, options)
    .then(() => assert.equal(reads, 1), ({ code }) => assert.equal(code, 'ERR_ROCKPOOL_INVALID_ARGUMENT'));
  assert.equal(out.length, 1000);
});

test('what was detached comes back when the next buffer of the call cannot be taken', { timeout }, async () => {
  const first = pattern(100);
  // Of a WebAssembly module: it is copied, and there is no memory for the copy.
  const second = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, 10);
  const fail = () => { throw new RangeError('Array buffer allocation failed'); };
  clone = (value, options) => value === second.buffer ? fail() : structuredClone(value, options);
  Object.defineProperty(Uint8Array.prototype, 'slice', { value: fail, configurable: true });
  try {
    await assert.rejects(kernels.map('crc32', [first, second]), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_INPUT');
      assert.match(error.message, /allocation failed/);
      assert.ok(isDetached(first.buffer));
      assert.deepEqual(error.buffers[0], pattern(100));
      assert.equal(error.buffers[1], second);
      return true;
    });
  } finally {
    // It is inherited.
    delete Uint8Array.prototype.slice;
    clone = structuredClone;
  }
});

test('a view whose buffer another view has taken comes back, too, when a third cannot be taken', { timeout }, async () => {
  const shared = new ArrayBuffer(200);
  const module = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer);
  const { slice } = Uint8Array.prototype;
  // Memory of a module is copied, for which there may be no memory.
  Uint8Array.prototype.slice = () => { throw new RangeError('Array buffer allocation failed'); };
  let given;
  try {
    given = kernels.map('sha256', [new Uint8Array(shared, 0, 50), module, new Uint8Array(shared, 100, 50)]);
  } finally {
    Uint8Array.prototype.slice = slice;
  }
  const buffers = await given.then((results) => results.map(({ buffer }) => buffer), (error) => error.buffers);
  assert.deepEqual(buffers.map((/** @type {Uint8Array} */ { length }) => length), [50, 65536, 50]);
});
