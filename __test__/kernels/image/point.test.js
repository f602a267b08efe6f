'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { addressOf, kernels } = require('../support');
const { assertNear, chance } = require('./scenes');

const timeout = 60_000;

const clamp = (value) => Math.min(255, Math.max(0, value));

/** Each kernel as a plain function of one pixel, which gives what is exact before rounding. */
const cases = [
  ['invert', {}, ([r, g, b, a]) => [255 - r, 255 - g, 255 - b, a]],
  ['grayscale', {}, ([r, g, b, a]) => {
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return [luma, luma, luma, a];
  }],
  ['grayscale', { luma: 'bt601' }, ([r, g, b, a]) => {
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    return [luma, luma, luma, a];
  }],
  ['adjust', {}, (pixel) => pixel],
  ['adjust', { brightness: 1.3, contrast: 0.8, saturation: 1.7 }, ([r, g, b, a]) => {
    const rgb = [r, g, b].map((value) => (value * 1.3 - 127.5) * 0.8 + 127.5);
    const luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    return [...rgb.map((value) => clamp(luma + 1.7 * (value - luma))), a];
  }],
  ['adjust', { saturation: 0 }, ([r, g, b, a]) => {
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return [luma, luma, luma, a];
  }],
  ['lut', { table: Uint8Array.from({ length: 256 }, (_, at) => at * 7) }, ([r, g, b, a]) =>
    [r * 7 & 255, g * 7 & 255, b * 7 & 255, a]],
  ['lut', { table: Uint8Array.from({ length: 1024 }, (_, at) => at * 5 + (at >> 8)) }, (pixel) =>
    pixel.map((value, channel) => (value * 5 + channel) & 255)],
  ['premultiply', {}, ([r, g, b, a]) => [r * a / 255, g * a / 255, b * a / 255, a]],
  ['unpremultiply', {}, ([r, g, b, a]) =>
    a === 0 ? [0, 0, 0, 0] : [...[r, g, b].map((value) => clamp(value * 255 / a)), a]],
  ['swizzle', { order: 'bgra' }, ([r, g, b, a]) => [b, g, r, a]],
  ['swizzle', { order: 'argb' }, ([r, g, b, a]) => [a, r, g, b]],
  ['swizzle', { order: 'r01g' }, ([r, g]) => [r, 0, 255, g]]
];

/** A plain loop over all pixels. */
function loop (bytes, change) {
  const result = new Float64Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 4) result.set(change([...bytes.subarray(at, at + 4)]), at);
  return result;
}

for (const [name, params, change] of cases) {
  const given = JSON.stringify({ ...params, ...params.table && { table: `${params.table.length} bytes` } });
  test(`image.${name} ${given} is what a plain loop makes, in place`, { timeout }, async () => {
    for (const [width, height] of [[1, 1], [3, 1], [1, 5], [7, 9], [8, 8], [33, 31], [257, 129]]) {
      const bytes = chance(width, height);
      const exact = loop(bytes, change);
      const address = addressOf(bytes);
      const copy = bytes.slice();
      const { buffer, ...rest } = await kernels.image[name](bytes, { width, height, ...params });
      assert.deepEqual(rest, {});
      assert.equal(addressOf(buffer), address);
      assertNear(buffer, exact, () => 0.51, `${width} x ${height}`);
      const sync = kernels.sync.image[name](copy, { width, height, ...params });
      assert.equal(sync.buffer, copy);
      assert.deepEqual(copy, buffer);
    }
  });

  test(`image.${name} ${given} makes the same of many steps as of one`, { timeout }, async () => {
    const [width, height] = [2000, 1700];
    const bytes = chance(width, height);
    const expected = bytes.slice();
    for (let row = 0; row < height; row += 100) {
      const part = expected.subarray(row * width * 4, (row + 100) * width * 4);
      kernels.sync.image[name](part, { width, height: 100, ...params });
    }
    const { buffer } = await kernels.image[name](bytes, { width, height, ...params });
    assert.ok(Buffer.from(buffer.buffer).equals(Buffer.from(expected.buffer)));
  });
}

test('premultiplied and back, what can be seen is as it was', { timeout }, async () => {
  const bytes = chance(64, 64);
  const before = bytes.slice();
  const size = { width: 64, height: 64 };
  const { buffer } = await kernels.pipeline([['image.premultiply', size], ['image.unpremultiply']]).run(bytes);
  assertNear(buffer, before, (at) => {
    const alpha = before[at | 3];
    return alpha === 0 ? 255 : (at & 3) === 3 ? 0 : 0.5 + 127.5 / alpha;
  }, 'there and back');
});

test('unpremultiplied, a half is rounded to the even level', { timeout }, async () => {
  // 127.5, 42.5 and 637.5, which is cut off; 25.5; 76.5; 7.5.
  const bytes = Uint8Array.of(1, 0, 5, 2, 1, 1, 1, 6, 1, 3, 9, 10, 1, 3, 5, 34);
  const { buffer } = await kernels.image.unpremultiply(bytes, { width: 4, height: 1 });
  assert.deepEqual([...buffer], [128, 0, 255, 2, 42, 42, 42, 6, 26, 76, 230, 10, 8, 22, 38, 34]);
});
