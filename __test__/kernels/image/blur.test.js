'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { addressOf, kernels } = require('../support');
const libvips = require('./libvips.json');
const { assertNear, chance, scene } = require('./scenes');

const timeout = 60_000;

/** A Gaussian blur by definition, out to 4 sigma, with the pixels at the edges repeated and colours weighted by alpha. */
function reference (bytes, width, height, sigma) {
  const radius = Math.ceil(4 * sigma);
  const bell = Array.from({ length: 2 * radius + 1 }, (_, at) => Math.exp(-0.5 * ((at - radius) / sigma) ** 2));
  const sum = bell.reduce((sum, weight) => sum + weight, 0);
  let image = Float64Array.from(bytes, (value, at) => (at & 3) === 3 ? value : value * bytes[at | 3] / 255);
  const blur = (dx, dy) => image.map((_, at) => {
    const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
    let mixed = 0;
    for (let step = -radius; step <= radius; step++) {
      const nearX = Math.min(width - 1, Math.max(0, x + dx * step));
      const nearY = Math.min(height - 1, Math.max(0, y + dy * step));
      mixed += bell[step + radius] * image[(nearY * width + nearX) * 4 + (at & 3)];
    }
    return mixed / sum;
  });
  image = blur(1, 0);
  image = blur(0, 1);
  return image.map((value, at) => (at & 3) === 3 || image[at | 3] === 0 ? value : value * 255 / image[at | 3]);
}

/** One level; colours are as uncertain as alpha makes them. */
const tolerance = (exact, levels) => (at) => {
  const alpha = exact[at | 3];
  return (at & 3) === 3 ? levels : alpha < 4 ? 255 : levels * 255 / alpha;
};

test('is within a level of a true Gaussian, in place', { timeout }, async () => {
  for (const [width, height] of [[1, 1], [2, 9], [40, 3], [37, 29]]) {
    for (const sigma of [0.3, 1, 2.7, 8]) {
      for (const alpha of [false, true]) {
        const bytes = scene(width, height, { alpha });
        const exact = reference(bytes, width, height, sigma);
        const address = addressOf(bytes);
        const { buffer, ...rest } = await kernels.image.blur(bytes, { width, height, sigma });
        assert.deepEqual(rest, {});
        assert.equal(addressOf(buffer), address);
        assertNear(buffer, exact, tolerance(exact, 1), `${width} x ${height}, sigma ${sigma}`);
      }
    }
  }
});

for (const { params, alpha, width, height, base64 } of libvips.images.filter(({ kernel }) => kernel === 'image.blur')) {
  test(`sigma ${params.sigma}${alpha ? ' with alpha' : ''} is what sharp makes`, { timeout }, async () => {
    const expected = Buffer.from(base64, 'base64');
    const { buffer } = await kernels.image.blur(scene(width, height, { alpha }), { width, height, ...params });
    // sharp cuts off colours multiplied by alpha where we round them.
    assertNear(buffer, expected, (at) => {
      const seen = expected[at | 3];
      return (at & 3) === 3 || seen === 255 ? 1 : seen < 32 ? 255 : 1 + 2 * 255 / seen;
    }, `sigma ${params.sigma}`);
  });
}

test('many steps on many threads make what one thread makes', { timeout }, async () => {
  const [width, height] = [1500, 1100];
  for (const params of [{ sigma: 5 }, { sigma: 40 }, { sigma: 5, alpha: 'premultiplied' }]) {
    const here = chance(width, height);
    kernels.sync.image.blur(here, { width, height, ...params });
    const { buffer } = await kernels.image.blur(chance(width, height), { width, height, ...params });
    assert.ok(Buffer.from(buffer.buffer).equals(Buffer.from(here.buffer)), JSON.stringify(params));
  }
});

test('refuses a sigma that is missing or out of range', { timeout }, async () => {
  const bytes = scene(4, 4);
  const size = { width: 4, height: 4 };
  for (const sigma of [0, 0.2, 100.5, -1, NaN, Infinity]) {
    await assert.rejects(kernels.image.blur(bytes, { ...size, sigma }), {
      name: 'RangeError', code: 'ERR_ROCKPOOL_KERNEL_RANGE', message: /0\.3 to 100, got/
    });
  }
  await assert.rejects(kernels.image.blur(bytes, size), { code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: /sigma/ });
  assert.equal(bytes.length, 64);
});
