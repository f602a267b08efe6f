'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { addressOf, kernels } = require('../support');
const libvips = require('./libvips.json');
const { assertNear, chance, scene } = require('./scenes');

const timeout = 60_000;

const sinc = (x) => x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);

const filters = {
  bilinear: (x) => Math.max(0, 1 - Math.abs(x)),
  lanczos3: (x) => Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0
};

/** One direction of a resize of numbers, by definition: `lines` lines that lie `across` apart, of pixels `along` apart. */
function shrink (numbers, filter, from, to, lines, along, across) {
  const result = new Float64Array(to * lines * 4);
  const [newAlong, newAcross] = along < across ? [4, to * 4] : [lines * 4, 4];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  for (let place = 0; place < to; place++) {
    const weights = Array.from({ length: from }, (_, at) => filters[filter]((at + 0.5 - (place + 0.5) * scale) / stretch));
    const sum = weights.reduce((sum, weight) => sum + weight, 0);
    for (let line = 0; line < lines; line++) {
      for (let channel = 0; channel < 4; channel++) {
        let mixed = 0;
        for (let at = 0; at < from; at++) {
          if (weights[at] !== 0) mixed += weights[at] / sum * numbers[at * along + line * across + channel];
        }
        result[place * newAlong + line * newAcross + channel] = Math.min(255, Math.max(0, mixed));
      }
    }
  }
  return result;
}

/** Colours weighted by alpha, up and down, then along, and divided by alpha. */
function reference (bytes, filter, [width, height], [toWidth, toHeight]) {
  const weighted = Float64Array.from(bytes, (value, at) => (at & 3) === 3 ? value : value * bytes[at | 3] / 255);
  const tall = shrink(weighted, filter, height, toHeight, width, width * 4, 4);
  const image = shrink(tall, filter, width, toWidth, toHeight, 4, width * 4);
  return image.map((value, at) => (at & 3) === 3 || image[at | 3] === 0 ? value : Math.min(255, value * 255 / image[at | 3]));
}

/** Rounded once to a byte, and colours are as uncertain as alpha makes them. */
const tolerance = (exact, levels) => (at) => {
  const alpha = exact[at | 3];
  return (at & 3) === 3 ? levels : alpha < 16 ? 255 : levels * 255 / alpha;
};

test('agrees with a plain implementation', { timeout }, async () => {
  const sizes = [[[1, 1], [4, 3]], [[20, 16], [20, 7]], [[20, 16], [7, 16]], [[61, 43], [17, 12]], [[17, 12], [40, 41]]];
  for (const filter of Object.keys(filters)) {
    for (const [from, to] of sizes) {
      for (const alpha of [false, true]) {
        const bytes = scene(...from, { alpha });
        const exact = reference(bytes, filter, from, to);
        const params = { width: from[0], height: from[1], toWidth: to[0], toHeight: to[1], filter };
        const { output } = await kernels.image.resize(bytes, params);
        assertNear(output, exact, tolerance(exact, 1), JSON.stringify(params));
      }
    }
  }
});

for (const { kernel, params, alpha, width, height, base64 } of libvips.images) {
  if (kernel !== 'image.resize') continue;
  const { toWidth, toHeight, filter } = params;
  test(`${filter} to ${toWidth} x ${toHeight}${alpha ? ', with alpha,' : ''} is what sharp makes`, { timeout }, async () => {
    const expected = Buffer.from(base64, 'base64');
    const image = scene(libvips.width, libvips.height, { alpha });
    const { output } = await kernels.image.resize(image, { width: libvips.width, height: libvips.height, ...params });
    assert.deepEqual([toWidth, toHeight], [width, height]);
    compareWithSharp(output, expected, width, height, !alpha);
  });
}

/**
 * Within two levels where all is opaque, since libvips itself is up to 1.6 off the definition. It repeats the last pixel beyond an edge, where we weigh those that there are:
 * three pixels at the edges may differ more. It cuts off colours multiplied by alpha where we round them: what is half
 * transparent may differ more, too.
 */
function compareWithSharp (output, expected, width, height, opaque) {
  assertNear(output, expected, (at) => {
    const x = (at >> 2) % width;
    const y = Math.floor((at >> 2) / width);
    const inside = x >= 3 && y >= 3 && x < width - 3 && y < height - 3;
    const alpha = expected[at | 3];
    return alpha < 32 && (at & 3) !== 3 ? 255 : (inside ? 2 : 6) + (opaque ? 0 : 3 * 255 / alpha);
  }, 'beside sharp');
}

test('takes the nearest pixels', { timeout }, async () => {
  const [width, height, toWidth, toHeight] = [37, 23, 15, 50];
  const bytes = chance(width, height);
  const { output } = await kernels.image.resize(bytes, { width, height, toWidth, toHeight, filter: 'nearest' });
  const pixels = new Uint32Array(chance(width, height).buffer);
  const expected = Uint32Array.from({ length: toWidth * toHeight }, (_, at) => {
    const x = Math.floor((at % toWidth + 0.5) * width / toWidth);
    const y = Math.floor((Math.floor(at / toWidth) + 0.5) * height / toHeight);
    return pixels[y * width + x];
  });
  assert.deepEqual(new Uint32Array(output.buffer), expected);
});

test('many parts on many threads make what one thread makes, and leave the image alone', { timeout }, async () => {
  const [width, height] = [3000, 2000];
  for (const alpha of ['straight', 'premultiplied']) {
    const params = { width, height, toWidth: 801, toHeight: 533, alpha };
    const bytes = chance(width, height);
    const here = kernels.sync.image.resize(bytes, params).output;
    const address = addressOf(bytes);
    const steps = [];
    const { output, buffer } = await kernels.image.resize(bytes, params, { onProgress: (step) => steps.push(step) });
    assert.ok(Buffer.from(output.buffer).equals(Buffer.from(here.buffer)));
    assert.equal(addressOf(buffer), address);
    assert.ok(Buffer.from(buffer.buffer).equals(Buffer.from(chance(width, height).buffer)));
    for (const { total, unit } of steps) assert.deepEqual([total, unit], [533, 'rows']);
  }
});

test('writes to a buffer that is lent', { timeout }, async () => {
  const params = { width: 30, height: 20, toWidth: 13, toHeight: 11 };
  const { output: expected } = await kernels.image.resize(scene(30, 20), params);
  const out = new Uint8Array(1000);
  const address = addressOf(out);
  const { output } = await kernels.image.resize(scene(30, 20), params, { out });
  assert.equal(addressOf(output), address);
  assert.deepEqual(output, expected);
  const bytes = scene(30, 20);
  await assert.rejects(kernels.image.resize(bytes, params, { out: new Uint8Array(571) }), {
    code: 'ERR_ROCKPOOL_KERNEL_OUTPUT', message: /572 bytes or more, out has 571/
  });
  assert.equal(bytes.length, 2400);
});

test('refuses sizes and filters that there are not', { timeout }, async () => {
  const bytes = scene(4, 4);
  const good = { width: 4, height: 4, toWidth: 2, toHeight: 2 };
  const refused = [
    [{ toWidth: 0 }, 'ERR_ROCKPOOL_KERNEL_RANGE', /toWidth .*1 to 65535, got 0/],
    [{ toHeight: 65_536 }, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 65536/],
    [{ toHeight: 1.5 }, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 1\.5/],
    [{ toHeight: undefined }, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /toHeight .* missing/],
    [{ filter: 'bicubic' }, 'ERR_ROCKPOOL_KERNEL_RANGE', /catmull-rom.*"bicubic"/],
    [{ alpha: 'none' }, 'ERR_ROCKPOOL_KERNEL_RANGE', /straight, premultiplied/]
  ];
  for (const [params, code, message] of refused) {
    await assert.rejects(kernels.image.resize(bytes, { ...good, ...params }), { code, message });
    assert.equal(bytes.length, 64);
  }
});
