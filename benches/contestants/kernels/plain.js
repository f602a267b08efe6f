'use strict';

/** @typedef {import('../types').Jobs} Jobs */

/**
 * JavaScript as one writes it with some care for its speed: typed arrays, one pass, in place where
 * that will do.
 */

/**
 * A change of each pixel of an image in place.
 *
 * @param {(pixels: Uint8Array, task: any) => void} change
 * @returns {(task: any) => import('../types').Run}
 */
const inPlace = (change) => (task) => (input) => {
  change(input, task);
  return { input, answer: input };
};

/** @type {Jobs} */
const images = {
  grayscale: inPlace((pixels) => {
    for (let at = 0; at < pixels.length; at += 4) {
      const gray = (13933 * pixels[at] + 46871 * pixels[at + 1] + 4732 * pixels[at + 2] + 32768) >> 16;
      pixels[at] = gray;
      pixels[at + 1] = gray;
      pixels[at + 2] = gray;
    }
  }),
  invert: inPlace(({ buffer, byteOffset, length }) => {
    // Four bytes at a time.
    const words = new Uint32Array(buffer, byteOffset, length / 4);
    for (let at = 0; at < words.length; at++) {
      words[at] ^= 0x00ffffff;
    }
  }),
  lut: inPlace((pixels, { table }) => {
    for (let at = 0; at < pixels.length; at += 4) {
      pixels[at] = table[pixels[at]];
      pixels[at + 1] = table[pixels[at + 1]];
      pixels[at + 2] = table[pixels[at + 2]];
    }
  }),
  adjust: inPlace(({ buffer, byteOffset, length }, { brightness, contrast, saturation }) => {
    const pixels = new Uint8ClampedArray(buffer, byteOffset, length);
    const factor = brightness * contrast;
    const offset = 127.5 * (1 - contrast);
    for (let at = 0; at < length; at += 4) {
      const red = pixels[at] * factor + offset;
      const green = pixels[at + 1] * factor + offset;
      const blue = pixels[at + 2] * factor + offset;
      const gray = (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (1 - saturation);
      pixels[at] = red * saturation + gray;
      pixels[at + 1] = green * saturation + gray;
      pixels[at + 2] = blue * saturation + gray;
    }
  }),
  premultiply: inPlace((pixels) => {
    for (let at = 0; at < pixels.length; at += 4) {
      const alpha = pixels[at + 3];
      pixels[at] = (pixels[at] * alpha + 127) / 255;
      pixels[at + 1] = (pixels[at + 1] * alpha + 127) / 255;
      pixels[at + 2] = (pixels[at + 2] * alpha + 127) / 255;
    }
  }),
  unpremultiply: inPlace(({ buffer, byteOffset, length }) => {
    const pixels = new Uint8ClampedArray(buffer, byteOffset, length);
    for (let at = 0; at < length; at += 4) {
      const alpha = pixels[at + 3];
      const factor = alpha === 0 ? 0 : 255 / alpha;
      pixels[at] *= factor;
      pixels[at + 1] *= factor;
      pixels[at + 2] *= factor;
    }
  }),
  swizzle: inPlace((pixels) => {
    for (let at = 0; at < pixels.length; at += 4) {
      const red = pixels[at];
      pixels[at] = pixels[at + 2];
      pixels[at + 2] = red;
    }
  }),
  toTensor: ({ width, height, mean, std }) => {
    const pixels = width * height;
    const answer = new Float32Array(3 * pixels);
    return (input) => {
      for (let channel = 0; channel < 3; channel++) {
        const factor = 1 / (255 * std[channel]);
        const offset = -mean[channel] / std[channel];
        for (let at = 0; at < pixels; at++) {
          answer[channel * pixels + at] = input[4 * at + channel] * factor + offset;
        }
      }
      return { input, answer };
    };
  }
};

/**
 * A change of each row in place.
 *
 * @param {(rows: Float32Array, first: number, end: number) => void} change
 * @returns {(task: any) => import('../types').Run}
 */
const rowByRow = (change) => ({ dimensions }) => (/** @type {Float32Array} */ input) => {
  for (let first = 0; first < input.length; first += dimensions) {
    change(input, first, first + dimensions);
  }
  return { input, answer: input };
};

/** A float and its bits. */
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** @param {number} value @returns {number} the bits of IEEE 754 binary16; ties to even */
function halfBits (value) {
  float[0] = value;
  const bits = floatBits[0];
  const sign = bits >>> 16 & 0x8000;
  const exponent = (bits >>> 23 & 255) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent >= 31) {
    return sign | 0x7c00 | (exponent === 143 && fraction !== 0 ? 0x200 : 0);
  }
  if (exponent <= 0) {
    return sign | Math.round(Math.abs(value) * 2 ** 24);
  }
  const rounded = fraction + 0xfff + (fraction >>> 13 & 1);
  return sign | ((exponent << 10) + (rounded >>> 13));
}

/** @type {Jobs} */
const numbers = {
  normalize: rowByRow((rows, first, end) => {
    let sum = 0;
    for (let at = first; at < end; at++) {
      sum += rows[at] * rows[at];
    }
    const factor = sum === 0 ? 1 : 1 / Math.sqrt(sum);
    for (let at = first; at < end; at++) {
      rows[at] *= factor;
    }
  }),
  softmax: rowByRow((rows, first, end) => {
    let most = -Infinity;
    for (let at = first; at < end; at++) {
      most = Math.max(most, rows[at]);
    }
    let sum = 0;
    for (let at = first; at < end; at++) {
      rows[at] = Math.exp(rows[at] - most);
      sum += rows[at];
    }
    for (let at = first; at < end; at++) {
      rows[at] /= sum;
    }
  }),
  quantize: ({ dimensions, input: { length } }) => {
    const output = new Int8Array(length);
    const scales = new Float32Array(length / dimensions);
    return (/** @type {Float32Array} */ input) => {
      for (let row = 0; row < scales.length; row++) {
        const first = row * dimensions;
        let most = 0;
        for (let at = first; at < first + dimensions; at++) {
          most = Math.max(most, Math.abs(input[at]));
        }
        scales[row] = most === 0 ? 1 : most / 127;
        for (let at = first; at < first + dimensions; at++) {
          output[at] = Math.round(input[at] / scales[row]);
        }
      }
      return { input, answer: { output, scales } };
    };
  },
  toHalf: ({ input: { length } }) => {
    const answer = new Uint16Array(length);
    return (/** @type {Float32Array} */ input) => {
      for (let at = 0; at < length; at++) {
        answer[at] = halfBits(input[at]);
      }
      return { input, answer };
    };
  },
  topk: ({ query, k, dimensions, queries }) => (/** @type {Float32Array} */ input) => {
    const indices = new Uint32Array(k * queries);
    const scores = new Float32Array(k * queries).fill(-Infinity);
    for (let number = 0; number < queries; number++) {
      topK(input, query.subarray(number * dimensions, (number + 1) * dimensions), {
        indices: indices.subarray(number * k, (number + 1) * k),
        scores: scores.subarray(number * k, (number + 1) * k)
      });
    }
    return { input, answer: { indices, scores } };
  },
  multiply: ({ m, k, n, other }) => (/** @type {Float32Array} */ input) => {
    const answer = new Float32Array(m * n);
    // In this order everything is read and written along the rows.
    for (let row = 0; row < m; row++) {
      for (let inner = 0; inner < k; inner++) {
        const factor = input[row * k + inner];
        for (let column = 0; column < n; column++) {
          answer[row * n + column] += factor * other[inner * n + column];
        }
      }
    }
    return { input, answer };
  },
  sort: () => (input) => ({ input, answer: input.sort() })
};

/**
 * @param {Float32Array} rows
 * @param {Float32Array} query
 * @param {{ indices: Uint32Array, scores: Float32Array }} best filled, the best first
 */
function topK (rows, query, { indices, scores }) {
  const dimensions = query.length;
  const ofQuery = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
  for (let row = 0, first = 0; first < rows.length; row++, first += dimensions) {
    let dot = 0;
    let sum = 0;
    for (let at = 0; at < dimensions; at++) {
      const value = rows[first + at];
      dot += value * query[at];
      sum += value * value;
    }
    const score = dot / (ofQuery * Math.sqrt(sum));
    let place = scores.length;
    while (place > 0 && score > scores[place - 1]) {
      place--;
    }
    if (place < scores.length) {
      scores.copyWithin(place + 1, place);
      indices.copyWithin(place + 1, place);
      scores[place] = score;
      indices[place] = row;
    }
  }
}

/** @param {Uint8Array} bytes */
const bufferOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} pattern
 */
function offsets (bytes, pattern) {
  const buffer = bufferOf(bytes);
  const all = [];
  for (let at = buffer.indexOf(pattern); at >= 0; at = buffer.indexOf(pattern, at + pattern.length)) {
    all.push(at);
  }
  return all;
}

/** @type {Jobs} */
const scans = {
  histogram: () => (/** @type {Uint8Array} */ input) => {
    const answer = new Uint32Array(256);
    for (let at = 0; at < input.length; at++) {
      answer[input[at]]++;
    }
    return { input, answer };
  },
  count: ({ pattern }) => (input) => ({ input, answer: offsets(input, pattern).length }),
  offsets: ({ pattern }) => (input) => ({ input, answer: offsets(input, pattern) })
};

/** @type {import('../types').Contestant[]} */
module.exports = [
  { id: 'plain', name: 'plain JavaScript', load: async () => ({ jobs: { ...images, ...numbers, ...scans } }) }
];
