'use strict';

const assert = require('node:assert/strict');
const { floats, xorshift } = require('./data');
const { jobScenario } = require('./job-scenario');

/** As many rows of a job as are compared with the definition. */
const LOOKED_AT = 200;

/**
 * @param {Float32Array} rows
 * @param {number} row
 * @param {Float32Array} query
 * @param {number} dimensions
 */
function cosine (rows, row, query, dimensions) {
  let [dot, ofRow, ofQuery] = [0, 0, 0];
  for (let at = 0; at < dimensions; at++) {
    const value = rows[row * dimensions + at];
    dot += value * query[at];
    ofRow += value * value;
    ofQuery += query[at] * query[at];
  }
  return dot / Math.sqrt(ofRow * ofQuery);
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} tolerance
 */
const near = (a, b, tolerance) => assert.ok(Math.abs(a - b) <= tolerance, `${a} for ${b}`);

/** @param {number} length */
function sharedFloats (length) {
  const shared = new Float32Array(new SharedArrayBuffer(4 * length));
  shared.set(floats(length));
  return shared;
}

/**
 * A job that changes rows.
 *
 * @param {string} kernel
 * @param {(row: Float32Array, answer: any, first: number) => void} checkRow
 * @returns {import('../types').Job}
 */
function rowJob (kernel, checkRow) {
  return {
    kernel,
    large: { count: 43_690, dimensions: 384 },
    make: ({ count, dimensions }) => ({ input: floats(count * dimensions), inPlace: true, dimensions }),
    check ({ input, dimensions }, answer) {
      const next = xorshift(9);
      for (let count = 0; count < LOOKED_AT; count++) {
        const first = next() % (input.length / dimensions) * dimensions;
        checkRow(input.subarray(first, first + dimensions), answer, first);
      }
    }
  };
}

/** @param {number} bits of IEEE 754 binary16 */
function fromHalf (bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = bits >>> 10 & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction / 2 ** 24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  topk: {
    kernel: 'vector.topk',
    large: { count: 43_690, dimensions: 384, queries: 1 },
    make ({ count, dimensions, queries, shared }) {
      const input = shared ? sharedFloats(count * dimensions) : floats(count * dimensions);
      const query = floats(queries * dimensions, 2);
      const scores = Float64Array.from({ length: count }, (_, row) => cosine(input, row, query, dimensions));
      const least = Float64Array.from(scores).sort()[count - 10];
      return { input, query, dimensions, queries, k: 10, scores, least };
    },
    // Of several queries the first. Rows that are as good as alike may change places.
    check ({ k, queries, scores, least }, answer) {
      assert.equal(answer.indices.length, k * queries);
      assert.equal(new Set(answer.indices.subarray(0, k)).size, k);
      for (let at = 0; at < k; at++) {
        const score = scores[answer.indices[at]];
        assert.ok(score >= least - 1e-5, `row ${answer.indices[at]} is not among the best`);
        near(answer.scores[at], score, 1e-5);
      }
    }
  },
  normalize: rowJob('vector.normalize', (row, answer, first) => {
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    row.forEach((value, at) => near(answer[first + at], value / length, 1e-6));
  }),
  softmax: rowJob('vector.softmax', (row, answer, first) => {
    const sum = row.reduce((sum, value) => sum + Math.exp(value), 0);
    row.forEach((value, at) => near(answer[first + at], Math.exp(value) / sum, 1e-6));
  }),
  quantize: rowJob('vector.quantize', (row, { output, scales }, first) => {
    const scale = scales[first / row.length];
    near(scale, row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127, 1e-7);
    row.forEach((value, at) => near(output[first + at] * scale, value, scale * 0.501));
  }),
  toHalf: rowJob('vector.toHalf', (row, answer, first) => {
    row.forEach((value, at) => near(fromHalf(answer[first + at]), value, Math.max(2 ** -25, Math.abs(value) / 2 ** 11)));
  }),
  multiply: {
    kernel: 'matrix.multiply',
    large: { m: 4096, k: 4096, n: 256 },
    make: ({ m, k, n }) => ({ input: floats(m * k), other: floats(k * n, 2), m, k, n }),
    check ({ input, other, m, k, n }, answer) {
      assert.equal(answer.length, m * n);
      const next = xorshift(9);
      for (let count = 0; count < LOOKED_AT; count++) {
        const [row, column] = [next() % m, next() % n];
        let sum = 0;
        for (let at = 0; at < k; at++) {
          sum += input[row * k + at] * other[at * n + column];
        }
        near(answer[row * n + column], sum, 1e-3);
      }
    }
  }
};

const rows = { count: 100_000, dimensions: 384 };
const few = { count: 300, dimensions: 20 };

/**
 * @param {string} job
 * @param {string} title
 * @returns {import('../types').Case<import('../types').JobParameters>}
 */
const rowCase = (job, title) => ({
  id: job,
  title: `${title}, 100,000 rows of 384 floats`,
  metrics: ['time', 'loop'],
  contestants: ['rockpool', 'plain'],
  parameters: { job, ...rows },
  quick: few,
  rounds: 3
});

module.exports = jobScenario({
  id: 'vector',
  title: 'Vectors and matrices',
  jobs,
  cases: [
    {
      id: 'topk',
      title: 'The 10 most alike of 100,000 rows of 384 floats, by cosine',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'plain'],
      parameters: { job: 'topk', ...rows, queries: 1 },
      quick: few
    },
    {
      id: 'topk-shared',
      title: 'The 10 most alike of such rows that stay in a SharedArrayBuffer',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'plain'],
      parameters: { job: 'topk', ...rows, queries: 1, shared: true },
      quick: { ...few, shared: true }
    },
    {
      id: 'topk-64',
      title: 'The 10 most alike for 64 queries at once',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'plain'],
      parameters: { job: 'topk', ...rows, queries: 64, warm: false },
      quick: few,
      rounds: 2
    },
    rowCase('normalize', 'Normalize'),
    rowCase('softmax', 'Softmax'),
    rowCase('quantize', 'Floats to 8 bits with a scale for each row'),
    rowCase('toHalf', 'Floats to 16 bits'),
    {
      id: 'multiply',
      title: 'Product of two matrices of 1024 × 1024 floats',
      metrics: ['time', 'loop'],
      contestants: ['rockpool', 'plain'],
      parameters: { job: 'multiply', m: 1024, k: 1024, n: 1024, warm: false },
      quick: { m: 33, k: 20, n: 17 },
      rounds: 3
    }
  ]
});
