'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { EventEmitter } = require('node:events');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const Piscina = require('../..');
const native = require('../../lib/binding');
const { blake3: reference } = require('./blake3-reference');
const { codes } = require('../../lib/kernels/errors');
const { addressOf, hex, isDetached, kernels, launchKernel, pattern, startKernel } = require('./support');

const timeout = 60_000;
const minute = { milliseconds: 60_000 };

test('lists every kernel with its parameters', { timeout }, () => {
  const list = kernels.list();
  const names = list.map(({ name }) => name);
  assert.ok(names.includes('blake3'));
  assert.ok(!names.some((name) => name.startsWith('probe.')), 'and none that is only there for tests');
  const { summary, memory, unit, parameters } = list[names.indexOf('blake3')];
  assert.equal(memory, 'value');
  assert.equal(unit, 'bytes');
  assert.ok(summary.length > 0);
  assert.deepEqual(parameters.map(({ name, type, required }) => [name, type, required]), [
    ['length', 'integer', false], ['key', 'Uint8Array', false], ['context', 'string', false]
  ]);
  for (const name of names) {
    const kernel = name.split('.').reduce((owner, part) => owner[part], kernels);
    assert.equal(kernel.name, name);
  }
});

test('answers an unknown kernel with the known ones', { timeout }, async () => {
  const bytes = pattern(8);
  for (const name of ['blake4', '', 'toString', '__proto__']) {
    await assert.rejects(startKernel(name, bytes), (error) => {
      assert.ok(error instanceof TypeError);
      assert.equal(error.code, 'ERR_ROCKPOOL_UNKNOWN_KERNEL');
      assert.match(error.message, /known are .*blake3/);
      return true;
    });
  }
  await assert.rejects(startKernel(5, bytes), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  assert.equal(bytes.length, 8);
});

test('refuses options of the wrong kind before it takes the bytes', { timeout }, async () => {
  const bytes = pattern(8);
  for (const options of [5, { signal: {} }, { signal: 5 }, { onProgress: 'no' }]) {
    await assert.rejects(kernels.blake3(bytes, {}, options), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  }
  assert.equal(bytes.length, 8);
  await kernels.blake3(bytes, null, { signal: null });
});

test('gives the buffer back when the kernel panics, and goes on', { timeout }, async () => {
  for (let round = 0; round < 20; round++) {
    const bytes = pattern(100);
    const address = addressOf(bytes);
    await assert.rejects(startKernel('probe.panic', bytes), (error) => {
      assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_PANIC');
      assert.match(error.message, /on purpose/);
      assert.equal(addressOf(error.buffer), address);
      assert.deepEqual(error.buffer, pattern(100));
      return true;
    });
  }
  const { value } = await kernels.blake3(pattern(3));
  assert.equal(hex(value), hex(reference(pattern(3))));
});

test('every native error code has its class', { timeout }, () => {
  for (const [code, { base, doc }] of Object.entries(codes)) {
    assert.match(code, /^ERR_ROCKPOOL_/);
    assert.ok(base === Error || base.prototype instanceof Error);
    assert.ok(doc.length > 0);
  }
});

test('keeps two thousand calls apart', { timeout }, async () => {
  const expected = Array.from({ length: 2_000 }, (_, length) => hex(reference(pattern(length))));
  const results = await Promise.all(expected.map((_, length) => kernels.blake3(pattern(length))));
  assert.deepEqual(results.map(({ value }) => hex(value)), expected);
  assert.deepEqual(results.map(({ buffer }) => buffer.length), expected.map((_, length) => length));
});

test('runs large and small calls side by side', { timeout }, async () => {
  const large = Array.from({ length: 4 }, () => kernels.blake3(new Uint8Array(64 * 1024 * 1024)));
  const small = Array.from({ length: 100 }, () => kernels.blake3(new Uint8Array(10)));
  const digests = new Set((await Promise.all(large)).map(({ value }) => hex(value)));
  assert.equal(digests.size, 1);
  assert.equal(new Set((await Promise.all(small)).map(({ value }) => hex(value))).size, 1);
});

test('a small call need not wait until a large one has ended', { timeout }, async () => {
  const controller = new AbortController();
  // Twice as many as there are threads, and none of them ends by itself while the test runs.
  const busy = Array.from({ length: 2 * kernels.threads() },
    () => startKernel('probe.spin', new Uint8Array(1), minute, { signal: controller.signal }));
  const settled = Promise.allSettled(busy);
  await kernels.blake3(pattern(10));
  controller.abort();
  for (const { status } of await settled) assert.equal(status, 'rejected');
});

const signals = [
  ['an AbortSignal', () => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort('the reason'), reason: 'the reason' };
  }],
  ['an EventTarget', () => {
    const signal = new EventTarget();
    return { signal, abort: () => signal.dispatchEvent(new Event('abort')) };
  }],
  ['an EventEmitter', () => {
    const signal = new EventEmitter();
    return { signal, abort: () => signal.emit('abort') };
  }]
];

for (const [name, make] of signals) {
  test(`${name} stops a running kernel and gives the buffer back`, { timeout }, async () => {
    const { signal, abort, reason } = make();
    const bytes = pattern(100);
    const { buffer } = bytes;
    const address = addressOf(bytes);
    const promise = startKernel('probe.spin', bytes, minute, { signal });
    assert.ok(isDetached(buffer));
    setTimeout(abort, 20);
    await assert.rejects(promise, (error) => {
      assert.equal(error.name, 'AbortError');
      assert.equal(error.code, 'ABORT_ERR');
      assert.equal(error.cause, reason);
      assert.equal(addressOf(error.buffer), address);
      return true;
    });
  });
}

test('a signal that was aborted before costs the caller nothing', { timeout }, async () => {
  const bytes = pattern(100);
  const signal = AbortSignal.abort('why');
  const pool = new Piscina();
  for (const call of [
    kernels.blake3(bytes, {}, { signal }),
    pool.kernel('blake3', bytes, {}, { signal }),
    pool.kernel(kernels.pipeline([['blake3']]), bytes, null, { signal })
  ]) {
    await assert.rejects(call, (error) => {
      assert.equal(error.name, 'AbortError');
      assert.equal(error.cause, 'why');
      assert.equal(error.buffer, bytes);
      return true;
    });
    assert.equal(bytes.length, 100);
  }
  assert.equal(pool.completed, 0);
  await pool.close();
});

test('an abort reaches calls that wait for a thread, and all their buffers come back', { timeout }, async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const calls = Array.from({ length: 500 }, () => startKernel('probe.spin', pattern(10), minute, { signal }));
  const settled = Promise.allSettled(calls);
  controller.abort();
  for (const { reason } of await settled) {
    assert.equal(reason.code, 'ABORT_ERR');
    assert.equal(reason.buffer.length, 10);
  }
});

test('an abort after the end changes nothing', { timeout }, async () => {
  const controller = new AbortController();
  const { buffer } = await kernels.blake3(pattern(10), {}, { signal: controller.signal });
  controller.abort();
  assert.equal(buffer.length, 10);
});

test('an abort of a large hash is noticed between its steps', { timeout }, async () => {
  const controller = new AbortController();
  const call = launchKernel('blake3', new Uint8Array(512 * 1024 * 1024), {}, { signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(call.promise, { code: 'ABORT_ERR' });
});

test('a launched call can be cancelled with an error of the caller\'s', { timeout }, async () => {
  const call = launchKernel('probe.spin', pattern(10), minute);
  assert.equal(call.waited, null);
  const error = new Error('the pool is gone');
  call.cancel(error);
  call.cancel(new Error('too late'));
  await assert.rejects(call.promise, (thrown) => thrown === error && thrown.buffer.length === 10);
  assert.ok(call.waited >= 0 && call.ran >= 0);
});

test('a launched call knows how long it waited and ran', { timeout }, async () => {
  const call = launchKernel('probe.spin', pattern(10), { milliseconds: 5 });
  await call.promise;
  assert.ok(call.waited >= 0);
  assert.ok(call.ran >= 5e6, `${call.ran} ns`);
  call.cancel(new Error('too late'));
  await call.promise;
});

test('reports progress in the unit of the kernel, in the caller\'s context', { timeout }, async () => {
  const storage = new AsyncLocalStorage();
  const reports = [];
  await storage.run('mine', () => startKernel('probe.spin', pattern(10), { milliseconds: 300 }, {
    onProgress: (progress) => reports.push({ ...progress, store: storage.getStore() })
  }));
  assert.ok(reports.length > 0);
  let before = 0;
  for (const { done, total, unit, store } of reports) {
    assert.ok(done >= before && done <= total);
    before = done;
    assert.equal(total, 300);
    assert.equal(unit, 'milliseconds');
    assert.equal(store, 'mine');
  }
});

test('a listener that throws stops its own call and no other', { timeout }, async () => {
  const other = startKernel('probe.spin', pattern(10), { milliseconds: 200 });
  const error = new Error('bad listener');
  await assert.rejects(startKernel('probe.spin', pattern(10), minute, {
    onProgress: () => { throw error; }
  }), (thrown) => thrown === error && thrown.buffer.length === 10);
  await other;
});

test('a priority that there is not is refused before the bytes are taken', { timeout }, async () => {
  const bytes = pattern(10);
  for (const priority of ['urgent', '', 'Interactive', 0, null, {}]) {
    await assert.rejects(kernels.blake3(bytes, null, { priority }), {
      code: 'ERR_ROCKPOOL_INVALID_ARGUMENT',
      message: /priority must be one of interactive, default, background/
    });
  }
  assert.equal(bytes.length, 10);
});

test('an urgent call ends before the less urgent ones that were made before it', { timeout }, async () => {
  // More of them than there are threads, and none ends by itself.
  const controller = new AbortController();
  const busy = ['background', 'default'].flatMap((priority) => Array.from({ length: 32 }, () =>
    startKernel('probe.spin', new Uint8Array(1), minute, { priority, signal: controller.signal })));
  for (const call of busy) call.catch(() => {});
  const results = await Promise.all([
    kernels.blake3(pattern(10), null, { priority: 'interactive' }),
    kernels.map('blake3', [pattern(10), pattern(11)], null, { priority: 'interactive' }),
    kernels.pipeline([['blake3', {}]]).run(pattern(10), { priority: 'interactive' })
  ]);
  assert.equal(results.length, 3);
  controller.abort();
  await Promise.allSettled(busy);
});

test('calls in the background are carried out where nothing else waits', { timeout }, async () => {
  const results = await Promise.all(Array.from({ length: 100 }, (_, length) =>
    kernels.sha256(pattern(length), null, { priority: 'background' })));
  assert.equal(results.length, 100);
});

test('a call in the background ends though more urgent ones keep all threads busy', { timeout }, async () => {
  // Many times as many as there are threads: one waits at any moment, and none ends by itself.
  const controller = new AbortController();
  const busy = Array.from({ length: 64 }, () =>
    startKernel('probe.spin', new Uint8Array(1), minute, { priority: 'interactive', signal: controller.signal }));
  for (const call of busy) call.catch(() => {});
  const results = await Promise.all(['background', 'default'].map((priority) =>
    kernels.blake3(pattern(10), null, { priority })));
  assert.equal(results.length, 2);
  controller.abort();
  await Promise.allSettled(busy);
});

test('a call on this thread has no use for a priority, and refuses one that there is not', () => {
  const bytes = pattern(10);
  const { value } = kernels.sync.blake3(bytes, null);
  for (const priority of native.kernelPriorities()) {
    assert.deepEqual(kernels.sync.blake3(bytes, null, { priority }).value, value);
  }
  assert.throws(() => kernels.sync.blake3(bytes, null, { priority: 'urgent' }), {
    code: 'ERR_ROCKPOOL_INVALID_ARGUMENT'
  });
});

test('the types name the priorities that there are', () => {
  const types = readFileSync(join(__dirname, '..', '..', 'index.d.ts'), 'utf8');
  const union = /type KernelPriority = (.*);/.exec(types)?.[1];
  assert.equal(union, native.kernelPriorities().map((name) => `'${name}'`).join(' | '));
});
