'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const Piscina = require('../..');
const { abortInTheMiddle } = require('./busy');
const { assertClose, floats } = require('./numbers');
const { addressOf, isDetached, kernels, startKernel } = require('./support');

const timeout = 60_000;

/** The plain loops that the kernels are compared with, in doubles. */
const plain = {
  normalize (row) {
    const length = Math.sqrt(row.reduce((sum, number) => sum + number * number, 0));
    return row.map((number) => number / length);
  },
  softmax (row) {
    const greatest = Math.max(...row);
    const powers = row.map((number) => Math.exp(number - greatest));
    const sum = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / sum);
  },
  quantize: (numbers, scale) => numbers.map((number) => {
    const quotient = Math.fround(number / scale);
    const floor = Math.floor(quotient);
    const rest = quotient - floor;
    const rounded = rest === 0.5 ? floor + Math.abs(floor % 2) : Math.round(quotient);
    // Adding 0 makes -0 to 0.
    return Math.max(-127, Math.min(127, rounded)) + 0;
  }),
  topk (rows, query, dimensions, k, metric) {
    const dot = (a, b) => a.reduce((sum, number, at) => sum + number * b[at], 0);
    const scored = rowsOf(rows, dimensions).map((row, index) => {
      const lengths = metric === 'dot' ? 1 : Math.sqrt(dot(row, row) * dot(query, query));
      return { index, score: dot(row, query) / lengths };
    });
    return scored.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, k);
  }
};

const rowsOf = (numbers, dimensions) => Array.from({ length: numbers.length / dimensions }, (_, row) =>
  Array.from(numbers.subarray(row * dimensions, (row + 1) * dimensions)));

const shapes = [[1, 1], [3, 2], [5, 31], [200, 33], [300, 768], [40_000, 16]];

for (const [name, tolerance] of [['normalize', 2e-7], ['softmax', 1e-6]]) {
  test(`vector.${name}: as a plain loop, in place, on the threads and on this one`, { timeout }, async () => {
    for (const [rows, dimensions] of shapes) {
      const numbers = floats(rows * dimensions);
      const expected = rowsOf(numbers, dimensions).flatMap(plain[name]);
      const here = kernels.sync.vector[name](numbers.slice(), { dimensions });
      assertClose(here.buffer, expected, tolerance);

      const address = addressOf(numbers);
      const pending = kernels.vector[name](numbers, { dimensions });
      assert.ok(isDetached(numbers.buffer));
      const result = await pending;
      assert.deepEqual(Object.keys(result), ['buffer']);
      assert.equal(addressOf(result.buffer), address);
      assert.deepEqual(result.buffer, here.buffer, 'the same to the bit');
    }
  });
}

test('vector.quantize: as a plain loop, in the beginning of the same memory', { timeout }, async () => {
  for (const [rows, dimensions] of shapes) {
    const numbers = floats(rows * dimensions, 5);
    const magnitude = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
    const scale = Math.fround(magnitude / 127);
    for (const [params, expectedScale] of [[{}, scale], [{ scale: 0.25 }, 0.25]]) {
      const given = numbers.slice();
      const address = addressOf(given);
      const { output, value, buffer } = await kernels.vector.quantize(given, params);
      assert.ok(output instanceof Int8Array);
      assert.equal(addressOf(output), address);
      assert.equal(output.buffer, buffer.buffer);
      assert.deepEqual([...value], [expectedScale]);
      assert.deepEqual([...output], plain.quantize([...numbers], expectedScale));
    }
    const { output, value } = kernels.sync.vector.quantize(numbers.slice(), { dimensions });
    assert.equal(value.length, rows);
    for (const [row, inRow] of rowsOf(numbers, dimensions).entries()) {
      assert.equal(value[row], Math.fround(Math.max(...inRow.map(Math.abs)) / 127));
      const got = [...output.subarray(row * dimensions, (row + 1) * dimensions)];
      assert.deepEqual(got, plain.quantize(inRow, value[row]));
    }
  }
});

test('vector.toHalf: as the reading of each half says', { timeout }, async () => {
  const half = (bits) => {
    const fraction = bits & 1023;
    const exponent = bits >> 10 & 31;
    const sign = bits >> 15 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  };
  // Every half, and the middle between it and the next one, which belongs to the even one of both.
  const halves = Array.from({ length: 0x7c00 }, (_, bits) => bits);
  const middles = halves.slice(0, -1).map((bits) => (half(bits) + half(bits + 1)) / 2);
  const numbers = Float32Array.from([...halves.map(half), ...middles, 65_519, 65_520, -Infinity, -0]);
  const expected = [...halves, ...halves.slice(0, -1).map((bits) => bits + bits % 2), 0x7bff, 0x7c00, 0xfc00, 0x8000];
  const address = addressOf(numbers);
  const { output } = await kernels.vector.toHalf(numbers);
  assert.ok(output instanceof Uint16Array);
  assert.equal(addressOf(output), address);
  assert.deepEqual([...output], expected);
});

describe('vector.topk', () => {
  test('gives no cosine beyond 1 or -1', { timeout }, async () => {
    for (const dimensions of [3, 7, 64, 100, 384]) {
      for (let round = 0; round < 100; round++) {
        const row = Float32Array.from({ length: dimensions }, (_, at) => Math.sin(at * 12.9898 + round * 78.233) * 43.7);
        const rows = Float32Array.from([...row, ...row.map((number) => -number)]);
        const { value } = await kernels.vector.topk(rows, { query: row, k: 2, dimensions });
        assert.deepEqual([...value.indices], [0, 1]);
        assert.ok(value.scores[0] <= 1 && value.scores[1] >= -1, `${value.scores}`);
      }
    }
  });

  const check = (value, rows, query, dimensions, k, metric) => {
    const most = Math.min(k, rows.length / dimensions);
    for (const [place, one] of rowsOf(query, dimensions).entries()) {
      const expected = plain.topk(rows, one, dimensions, most, metric);
      const scores = value.scores.subarray(place * most, (place + 1) * most);
      const indices = value.indices.subarray(place * most, (place + 1) * most);
      const tolerance = metric === 'dot' ? 1e-6 * dimensions : 2e-6;
      for (let rank = 0; rank < most; rank++) {
        assert.ok(Math.abs(scores[rank] - expected[rank].score) <= tolerance, `${scores[rank]} at ${rank}`);
        // Where two scores are about the same the order is open.
        const apart = [rank - 1, rank + 1].every((other) =>
          !expected[other] || Math.abs(expected[other].score - expected[rank].score) > 2 * tolerance);
        if (apart && rank + 1 < most) assert.equal(indices[rank], expected[rank].index);
      }
    }
    assert.equal(value.indices.length, query.length / dimensions * most);
  };

  for (const metric of ['cosine', 'dot']) {
    test(`${metric}: one query and several, as a plain loop`, { timeout }, async () => {
      for (const [rows, dimensions] of shapes) {
        for (const queries of [1, 3, 47, 48]) {
          if (rows * queries > 50_000) continue;
          const numbers = floats(rows * dimensions, 3);
          const address = addressOf(numbers);
          const query = floats(queries * dimensions, 4);
          const params = { dimensions, query, k: 10, metric };
          const { value, buffer } = await kernels.vector.topk(numbers, params);
          assert.equal(addressOf(buffer), address);
          assert.ok(!isDetached(query.buffer));
          check(value, buffer, query, dimensions, 10, metric);
          const here = kernels.sync.vector.topk(buffer, params).value;
          assert.deepEqual(here, value);
        }
      }
    });
  }

  test('ties, NaN, no rows', { timeout }, async () => {
    const rows = new Float32Array([1, NaN, 2, 1, -1]);
    const { value } = await kernels.vector.topk(rows, { dimensions: 1, query: [3], k: 9, metric: 'dot' });
    assert.deepEqual([...value.indices], [2, 0, 3, 4, 1]);
    assert.deepEqual([...value.scores], [6, 3, 3, -3, NaN]);
    const { value: none } = await kernels.vector.topk(new Float32Array(0), { dimensions: 4, query: [1, 2, 3, 4], k: 2 });
    assert.deepEqual([none.indices.length, none.scores.length], [0, 0]);
  });
});

test('takes every view whose bytes are floats, and a pool', { timeout }, async () => {
  const floatsIn = (make) => {
    const buffer = new ArrayBuffer(24);
    new Float32Array(buffer).set([9, 3, 4, 6, 8, 9]);
    return make(buffer);
  };
  for (const make of [
    (buffer) => new Float32Array(buffer, 4, 4),
    (buffer) => new DataView(buffer, 4, 16),
    (buffer) => Buffer.from(buffer, 4, 16)
  ]) {
    const { buffer } = await kernels.vector.normalize(floatsIn(make), { dimensions: 2 });
    assert.deepEqual([...new Float32Array(buffer.buffer)], [9, ...[0.6, 0.8, 0.6, 0.8].map(Math.fround), 9]);
  }
  const shared = new Float32Array(new SharedArrayBuffer(8)).fill(2);
  await kernels.vector.softmax(shared, { dimensions: 2 });
  assert.deepEqual([...shared], [0.5, 0.5]);

  const pool = new Piscina({ minThreads: 0, filename: __filename });
  try {
    const { output } = await pool.kernel('vector.quantize', new Float32Array([1, -2]), { scale: 1 });
    assert.deepEqual([...output], [1, -2]);
    assert.equal(pool.completed, 1);
  } finally {
    await pool.destroy();
  }
});

test('follow each other in a pipeline', { timeout }, async () => {
  const steps = kernels.pipeline([['vector.normalize', { dimensions: 2 }], ['vector.quantize', { scale: 0.1 }]]);
  const { output, values } = await steps.run(new Float32Array([3, 4, 0, 7]));
  assert.deepEqual([...output], [6, 8, 0, 10]);
  assert.deepEqual([...values[1]], [Math.fround(0.1)]);
  // Bytes of 8 bits are no floats any more.
  const wrong = kernels.pipeline([['vector.quantize'], ['vector.toHalf']]);
  await assert.rejects(wrong.run(new Float32Array(4)), { code: 'ERR_ROCKPOOL_KERNEL_INPUT', step: 1 });
});

test('wrong calls cost the caller nothing', { timeout }, async () => {
  const refuse = async (code, name, params, given = new Float32Array(6)) => {
    const { byteLength } = given;
    await assert.rejects(startKernel(name, given, params), (error) => error.code === code && error.message.includes(name));
    assert.equal(given.byteLength, byteLength);
  };
  const [parameter, range, input] = ['PARAMETER', 'RANGE', 'INPUT'].map((end) => `ERR_ROCKPOOL_KERNEL_${end}`);
  for (const name of ['vector.normalize', 'vector.softmax', 'vector.topk']) {
    const more = name === 'vector.topk' ? { query: new Float32Array(3), k: 1 } : {};
    await refuse(parameter, name, more);
    await refuse(parameter, name, { ...more, dimensions: '3' });
    await refuse(range, name, { ...more, dimensions: 0 });
    await refuse(range, name, { ...more, dimensions: 1.5 });
    await refuse(range, name, { ...more, dimensions: 2 ** 21 });
    await refuse(range, name, { ...more, dimensions: 4 });
    await refuse(input, name, { ...more, dimensions: 3 }, new Float64Array(6));
    await refuse(input, name, { ...more, dimensions: 3 }, new Uint8Array(24));
    await refuse(range, name, { ...more, dimensions: 3 }, Buffer.alloc(23));
  }
  await refuse(parameter, 'vector.quantize', { dimensions: 3, scale: 1 });
  await refuse(range, 'vector.quantize', { scale: 0 });
  await refuse(range, 'vector.quantize', { scale: Infinity });
  await refuse(parameter, 'vector.toHalf', { dimensions: 3 });
  const query = new Float32Array(3);
  await refuse(range, 'vector.topk', { dimensions: 3, query: new Float32Array(4), k: 1 });
  await refuse(range, 'vector.topk', { dimensions: 3, query: [], k: 1 });
  await refuse(range, 'vector.topk', { dimensions: 3, query, k: 0 });
  await refuse(range, 'vector.topk', { dimensions: 3, query, k: 1, metric: 'euclid' });
  await refuse(parameter, 'vector.topk', { dimensions: 3, query: 'abc', k: 1 });
});

test('an address that no float can have: an error with the memory', { timeout }, async () => {
  const given = Buffer.from(new ArrayBuffer(12), 1, 8);
  await assert.rejects(kernels.vector.toHalf(given), (error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_INPUT');
    assert.equal(error.buffer.byteLength, 8);
    return true;
  });
});

test('is given up in the middle, and gives the memory back', { timeout }, async () => {
  const query = floats(64 * 32);
  for (const [name, params] of [
    ['normalize', { dimensions: 64 }],
    ['softmax', { dimensions: 64 }],
    ['quantize', {}],
    ['toHalf', {}],
    ['topk', { dimensions: 64, query, k: 3 }]
  ]) {
    const { progress } = await abortInTheMiddle(`vector.${name}`, new Float32Array(64 << 18).fill(1), params);
    assert.ok(progress.done < progress.total);
  }
});
