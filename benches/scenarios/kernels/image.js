'use strict';

const assert = require('node:assert/strict');
const { photo, xorshift } = require('./data');
const { jobScenario } = require('./job-scenario');
const { compareSome, gauss, lanczos3 } = require('./resampling');

/** What a table does to a value: a gamma of 2.2. */
const table = Uint8Array.from({ length: 256 }, (_, value) => Math.round(255 * (value / 255) ** (1 / 2.2)));
const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];
const [brightness, contrast, saturation] = [1.1, 1.2, 1.3];

/** @param {number} red @param {number} green @param {number} blue */
const luma = (red, green, blue) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

/** @typedef {(red: number, green: number, blue: number, alpha: number) => number[]} Change */

/**
 * What becomes of a pixel, by the definition of each kernel.
 *
 * @type {Record<string, Change>}
 */
const changes = {
  grayscale (red, green, blue, alpha) {
    const gray = luma(red, green, blue);
    return [gray, gray, gray, alpha];
  },
  invert: (red, green, blue, alpha) => [255 - red, 255 - green, 255 - blue, alpha],
  lut: (red, green, blue, alpha) => [table[red], table[green], table[blue], alpha],
  adjust (...pixel) {
    const colours = pixel.slice(0, 3).map((colour) => (colour * brightness - 127.5) * contrast + 127.5);
    const gray = luma(colours[0], colours[1], colours[2]);
    return [...colours.map((colour) => gray + (colour - gray) * saturation), pixel[3]];
  },
  premultiply: (red, green, blue, alpha) => [red * alpha / 255, green * alpha / 255, blue * alpha / 255, alpha],
  unpremultiply: (red, green, blue, alpha) => (alpha === 0
    ? [0, 0, 0, 0]
    : [red * 255 / alpha, green * 255 / alpha, blue * 255 / alpha, alpha]),
  swizzle: (red, green, blue, alpha) => [blue, green, red, alpha]
};

const large = { width: 4096, height: 4096 };

/**
 * A kernel that changes each pixel by itself.
 *
 * @param {string} name
 * @param {object} [params] of the kernel
 * @returns {import('../types').Job}
 */
function point (name, params = {}) {
  return {
    kernel: `image.${name}`,
    large,
    make: ({ width, height }) => ({
      input: photo(width, height, false), inPlace: true, width, height, params, table, brightness, contrast, saturation
    }),
    check ({ input }, answer) {
      assert.equal(answer.length, input.length);
      const next = xorshift(9);
      for (let count = 0; count < 2_000; count++) {
        const at = next() % (input.length / 4) * 4;
        const [red, green, blue, alpha] = input.subarray(at, at + 4);
        changes[name](red, green, blue, alpha).forEach((expected, channel) => {
          const wrong = Math.abs(answer[at + channel] - Math.min(255, Math.max(0, expected)));
          assert.ok(wrong <= 1, `${wrong} off in channel ${channel} of pixel ${at / 4}`);
        });
      }
    }
  };
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  resize: {
    kernel: 'image.resize',
    large: { ...large, toWidth: 1024, toHeight: 1024 },
    make: ({ width, height, toWidth, toHeight }) =>
      ({ input: photo(width, height), width, height, toWidth, toHeight }),
    check (task, answer) {
      const { width, height, toWidth, toHeight } = task;
      const across = (/** @type {number} */ x) => lanczos3(width, toWidth, x);
      const down = (/** @type {number} */ y) => lanczos3(height, toHeight, y);
      compareSome(answer, { width: toWidth, height: toHeight }, 0, 1, /** @type {any} */ (task), across, down);
    }
  },
  blur: {
    kernel: 'image.blur',
    large: { ...large, sigma: 5 },
    make: ({ width, height, sigma }) => ({ input: photo(width, height), inPlace: true, width, height, sigma }),
    check (task, answer) {
      const { width, height, sigma } = task;
      const across = (/** @type {number} */ x) => gauss(width, sigma, x);
      const down = (/** @type {number} */ y) => gauss(height, sigma, y);
      // What lies beyond an edge is a matter of taste.
      compareSome(answer, { width, height }, 4 * sigma, 1, /** @type {any} */ (task), across, down);
    }
  },
  grayscale: point('grayscale'),
  invert: point('invert'),
  lut: point('lut', { table }),
  adjust: point('adjust', { brightness, contrast, saturation }),
  premultiply: point('premultiply'),
  unpremultiply: point('unpremultiply'),
  swizzle: point('swizzle', { order: 'bgra' }),
  toTensor: {
    kernel: 'image.toTensor',
    large,
    make: ({ width, height, sharedOut }) => ({ input: photo(width, height), width, height, mean, std, sharedOut }),
    check ({ input }, answer) {
      const pixels = input.length / 4;
      assert.equal(answer.length, 3 * pixels);
      const next = xorshift(9);
      for (let count = 0; count < 2_000; count++) {
        const pixel = next() % pixels;
        for (let channel = 0; channel < 3; channel++) {
          const expected = (input[4 * pixel + channel] / 255 - mean[channel]) / std[channel];
          const wrong = Math.abs(answer[channel * pixels + pixel] - expected);
          assert.ok(wrong < 1e-5, `${wrong} off in channel ${channel} of pixel ${pixel}`);
        }
      }
    }
  }
};

const twelve = { width: 4000, height: 3000 };
const tiny = { width: 70, height: 60 };

/**
 * @param {string} job
 * @param {string} title
 * @param {string[]} [contestants]
 * @returns {import('../types').Case<import('../types').JobParameters>}
 */
const pointCase = (job, title, contestants = ['rockpool', 'plain']) => ({
  id: job,
  title: `${title}, 12 megapixels`,
  metrics: ['time', 'loop'],
  contestants,
  parameters: { job, ...twelve },
  quick: tiny,
  rounds: 3
});

const sharps = ['rockpool', 'sharp', 'sharp-threads'];

module.exports = jobScenario({
  id: 'image',
  title: 'Images',
  jobs,
  cases: [
    {
      id: 'resize',
      title: 'Resize of RGBA, Lanczos 3, 12 megapixels to 1024 × 768',
      metrics: ['time', 'loop'],
      contestants: sharps,
      parameters: { job: 'resize', ...twelve, toWidth: 1024, toHeight: 768 },
      quick: { ...tiny, toWidth: 24, toHeight: 18 }
    },
    {
      id: 'blur',
      title: 'Blur of RGBA, σ 5, 1920 × 1080',
      metrics: ['time', 'loop'],
      contestants: sharps,
      parameters: { job: 'blur', width: 1920, height: 1080, sigma: 5 },
      quick: tiny
    },
    pointCase('grayscale', 'To gray'),
    pointCase('invert', 'Negative', ['rockpool', 'sharp', 'sharp-threads', 'plain']),
    pointCase('lut', 'A table'),
    pointCase('adjust', 'Brightness, contrast and saturation'),
    pointCase('premultiply', 'Colours times alpha'),
    pointCase('unpremultiply', 'Colours by alpha'),
    pointCase('swizzle', 'RGBA to BGRA'),
    pointCase('toTensor', 'To a tensor of floats')
  ]
});
