'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Piscina = require('../../..');
const { addressOf, isDetached, kernels } = require('../support');
const { chance, scene } = require('./scenes');

const timeout = 60_000;

const table = Uint8Array.from({ length: 256 }, (_, at) => 255 - at);

/** Each kernel with parameters that it needs beside the size. */
const params = {
  'image.adjust': { brightness: 1.2 },
  'image.blur': { sigma: 2 },
  'image.grayscale': {},
  'image.invert': {},
  'image.lut': { table },
  'image.premultiply': {},
  'image.resize': { toWidth: 5, toHeight: 4 },
  'image.swizzle': { order: 'bgra' },
  'image.toTensor': {},
  'image.unpremultiply': {}
};

const kernelOf = (name, owner = kernels) => name.split('.').reduce((family, part) => family[part], owner);

test('these are all kernels of the family', { timeout }, () => {
  const family = kernels.list().filter(({ name }) => name.startsWith('image.'));
  assert.deepEqual(family.map(({ name }) => name), Object.keys(params));
  for (const { unit, memory, name } of family) {
    assert.ok(['pixels', 'rows'].includes(unit));
    assert.equal(memory, ['image.resize', 'image.toTensor'].includes(name) ? 'output' : 'in place');
  }
});

for (const [name, own] of Object.entries(params)) {
  const given = { width: 20, height: 15, ...own };
  const views = [
    (buffer) => buffer,
    (buffer) => new Uint8Array(buffer),
    (buffer) => new Uint8ClampedArray(buffer),
    (buffer) => Buffer.from(buffer),
    (buffer) => new DataView(buffer),
    (buffer) => new Uint8Array(buffer, 3, 1200),
    (buffer) => Buffer.from(buffer, 4, 1200)
  ];

  test(`${name} works on every kind of bytes, where they are`, { timeout }, async () => {
    const expected = kernelOf(name, kernels.sync)(scene(20, 15, { alpha: true }), given);
    for (const view of views) {
      const whole = new ArrayBuffer(view(new ArrayBuffer(1300)).byteLength === 1200 ? 1300 : 1200);
      const bytes = view(whole);
      const { byteOffset = 0 } = bytes;
      new Uint8Array(whole, byteOffset, 1200).set(scene(20, 15, { alpha: true }));
      const address = addressOf(bytes);
      const pending = kernelOf(name)(bytes, given);
      assert.ok(isDetached(whole));
      const { buffer, output } = await pending;
      assert.equal(addressOf(buffer), address);
      assert.equal(Object.getPrototypeOf(buffer), Object.getPrototypeOf(bytes));
      assert.deepEqual(output, expected.output);
      assert.deepEqual(new Uint8Array(buffer.buffer ?? buffer, byteOffset, 1200), expected.buffer);
    }
    const shared = new Uint8Array(new SharedArrayBuffer(1200));
    shared.set(scene(20, 15, { alpha: true }));
    const { buffer, output } = await kernelOf(name)(shared, given);
    assert.equal(buffer, shared);
    assert.deepEqual(output, expected.output);
    assert.deepEqual([...shared], [...expected.buffer]);
  });

  test(`${name} is a task of a pool, and one of many`, { timeout }, async () => {
    const expected = kernelOf(name, kernels.sync)(scene(20, 15), given);
    const pool = new Piscina({ filename: __filename, minThreads: 0 });
    try {
      assert.deepEqual(await pool.kernel(name, scene(20, 15), given), expected);
      assert.equal(pool.completed, 1);
    } finally {
      await pool.destroy();
    }
    const results = await kernels.map(name, [scene(20, 15), scene(20, 15), scene(20, 15)], given);
    assert.deepEqual(results, [expected, expected, expected]);
  });

  test(`${name} refuses sizes that do not suit, and takes nothing`, { timeout }, async () => {
    const bytes = scene(20, 15);
    const refused = [
      [{ width: 21 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /21 x 15 pixels has 1260 bytes, got 1200/],
      [{ width: 0 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /width .*1 to 65535, got 0/],
      [{ height: 65_536 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /height .*got 65536/],
      [{ width: '20' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /width must be of type integer, got string/],
      [{ height: undefined }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /width and height are needed/],
      [{ depth: 3 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /"depth"; known are width, height/]
    ];
    for (const [change, type, code, message] of refused) {
      await assert.rejects(kernelOf(name)(bytes, { ...given, ...change }), (error) => {
        assert.ok(error instanceof type, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(kernelOf(name)(new Float32Array(300), given), { code: 'ERR_ROCKPOOL_KERNEL_INPUT' });
    await assert.rejects(kernelOf(name)(new Uint8Array(0), given), { code: 'ERR_ROCKPOOL_KERNEL_RANGE' });
    assert.equal(bytes.length, 1200);
  });

  test(`${name} stops when it is told to, and gives the image back`, { timeout }, async () => {
    const [width, height] = [6000, 4000];
    const controller = new AbortController();
    const slow = { width, height, ...own, ...own.sigma && { sigma: 100 }, ...own.toWidth && { toWidth: 4000, toHeight: 3000 } };
    const bytes = new Uint8Array(width * height * 4);
    const address = addressOf(bytes);
    let last = { done: 0, total: 0 };
    // Told at its first progress, so in the middle; where it is over before any is reported nothing can be stopped.
    const pending = kernelOf(name)(bytes, slow, {
      signal: controller.signal,
      onProgress: (progress) => {
        last = progress;
        controller.abort();
      }
    });
    const outcome = await pending.catch((error) => error);
    assert.equal(addressOf(outcome.buffer), address);
    assert.equal(outcome.buffer.length, bytes.length || width * height * 4);
    if (controller.signal.aborted && outcome instanceof Error) {
      assert.equal(outcome.code, 'ABORT_ERR');
      assert.ok(last.done < last.total);
    }
    if (name === 'image.blur') assert.equal(outcome.code, 'ABORT_ERR', 'seconds of work are not over by then');
  });
}

test('steps of a pipeline know the size from the one before', { timeout }, async () => {
  const size = { width: 40, height: 30 };
  const mean = [0.5, 0.5, 0.5];
  const pipeline = kernels.pipeline([
    ['image.grayscale', size],
    ['image.blur', { sigma: 1.5 }],
    ['image.resize', { toWidth: 16, toHeight: 12 }],
    ['image.invert'],
    ['image.toTensor', { mean }]
  ]);
  const { output, values, buffer } = await pipeline.run(scene(40, 30));
  assert.equal(output.constructor, Float32Array);
  assert.equal(output.length, 16 * 12 * 3);
  assert.equal(values.length, 5);

  const one = scene(40, 30);
  kernels.sync.image.grayscale(one, size);
  kernels.sync.image.blur(one, { ...size, sigma: 1.5 });
  assert.deepEqual(buffer, one, 'steps in place work on the image itself');
  const small = kernels.sync.image.resize(one, { ...size, toWidth: 16, toHeight: 12 }).output;
  kernels.sync.image.invert(small, { width: 16, height: 12 });
  assert.deepEqual(output, kernels.sync.image.toTensor(small, { width: 16, height: 12, mean }).output);

  const bytes = scene(40, 30);
  for (const [steps, step] of [
    [[['image.grayscale', size], ['image.resize', { toWidth: 2, toHeight: 2 }], ['image.blur', { ...size, sigma: 1 }]], 2],
    [[['image.toTensor', size], ['image.invert']], 1],
    [[['image.invert']], 0]
  ]) {
    await assert.rejects(kernels.pipeline(steps).run(bytes), (error) => {
      assert.match(error.code, /ERR_ROCKPOOL_KERNEL_(RANGE|PARAMETER|INPUT)/);
      assert.equal(error.step, step);
      return true;
    });
  }
  assert.equal(bytes.length, 4800);
});

test('an image of one size after the other, on the same threads', { timeout }, async () => {
  const calls = Array.from({ length: 60 }, (_, at) => {
    const [width, height] = [1 + at * 7 % 90, 1 + at * 13 % 70];
    const size = { width, height, toWidth: 1 + at % 33, toHeight: 1 + at % 21 };
    const expected = kernels.sync.image.resize(chance(width, height), size).output;
    return kernels.image.resize(chance(width, height), size).then(({ output }) => assert.deepEqual(output, expected));
  });
  await Promise.all(calls);
});
