'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { addressOf, kernels } = require('../support');
const { chance } = require('./scenes');

const timeout = 60_000;

/** A plain loop. */
function reference (bytes, { mean = [0, 0, 0], std = [1, 1, 1], layout = 'chw', order = 'rgb' } = {}) {
  const count = bytes.length / 4;
  const result = new Float32Array(count * 3);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const source = order === 'rgb' ? channel : 2 - channel;
      const at = layout === 'chw' ? channel * count + pixel : pixel * 3 + channel;
      result[at] = (bytes[pixel * 4 + source] / 255 - mean[source]) / std[source];
    }
  }
  return result;
}

test('gives v / 255 by default, to the last bit', { timeout }, async () => {
  for (const [width, height] of [[1, 1], [5, 3], [64, 17], [300, 211]]) {
    const bytes = chance(width, height);
    const expected = reference(bytes);
    const address = addressOf(bytes);
    const { output, buffer } = await kernels.image.toTensor(bytes, { width, height });
    assert.equal(output.constructor, Float32Array);
    assert.deepEqual(output, expected);
    assert.equal(addressOf(buffer), address);
    assert.deepEqual(buffer, chance(width, height), 'the image is only read');
  }
});

test('normalises, in both layouts and orders, over many steps', { timeout }, async () => {
  const mean = [0.485, 0.456, 0.406];
  const std = new Float32Array([0.229, 0.224, 0.225]);
  for (const [width, height] of [[3, 2], [1999, 1201]]) {
    for (const layout of ['chw', 'hwc']) {
      for (const order of ['rgb', 'bgr']) {
        const bytes = chance(width, height);
        const expected = reference(bytes, { mean, std, layout, order });
        const { output } = await kernels.image.toTensor(bytes, { width, height, mean, std, layout, order });
        assert.equal(output.length, expected.length);
        assert.ok(output.every((value, at) => Math.abs(value - expected[at]) < 1e-6), `${layout} ${order}`);
      }
    }
  }
});

test('writes to a buffer that is lent, where floats may lie', { timeout }, async () => {
  const expected = reference(chance(9, 4));
  const size = { width: 9, height: 4 };
  const out = new Float32Array(9 * 4 * 3 + 5);
  const address = addressOf(out);
  const { output } = await kernels.image.toTensor(chance(9, 4), size, { out });
  assert.deepEqual(output, expected);
  assert.equal(addressOf(output), address);

  const bytes = chance(9, 4);
  await assert.rejects(kernels.image.toTensor(bytes, size, { out: new Uint8Array(431) }),
    { code: 'ERR_ROCKPOOL_KERNEL_OUTPUT' });
  assert.equal(bytes.length, 144, 'too small is found before anything is detached');
  const crooked = new Uint8Array(new ArrayBuffer(500), 1, 432);
  await assert.rejects(kernels.image.toTensor(bytes, size, { out: crooked }), (error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_INPUT');
    assert.deepEqual(error.buffer, chance(9, 4));
    return true;
  });
});

test('refuses what cannot be taken off or divided by', { timeout }, async () => {
  const bytes = chance(1, 1);
  const refused = [
    [{ std: [1, 0, 1] }, 'ERR_ROCKPOOL_KERNEL_RANGE', /above 0, got 0/],
    [{ std: [1, 1] }, 'ERR_ROCKPOOL_KERNEL_RANGE', /3 numbers, got 2/],
    [{ mean: [NaN, 0, 0] }, 'ERR_ROCKPOOL_KERNEL_RANGE', /finite/],
    [{ mean: 'x' }, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /Float32Array/],
    [{ layout: 'nchw' }, 'ERR_ROCKPOOL_KERNEL_RANGE', /chw, hwc/]
  ];
  for (const [params, code, message] of refused) {
    await assert.rejects(kernels.image.toTensor(bytes, { width: 1, height: 1, ...params }), { code, message });
  }
  assert.equal(bytes.length, 4);
});
