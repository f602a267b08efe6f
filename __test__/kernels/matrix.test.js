'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { abortInTheMiddle } = require('./busy');
const { assertClose, floats } = require('./numbers');
const { addressOf, isDetached, kernels, startKernel } = require('./support');

const timeout = 60_000;

/** Three loops, in doubles. */
function multiply (m, k, n, a, b) {
  const product = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let inner = 0; inner < k; inner++) {
      const factor = a[row * k + inner];
      for (let column = 0; column < n; column++) product[row * n + column] += factor * b[inner * n + column];
    }
  }
  return product;
}

/** Numbers above 0: of sums of these the relative error is bounded. */
const positive = (length, seed) => floats(length, seed).map(Math.abs);

test('gives the product of three loops', { timeout }, async () => {
  for (const [m, k, n] of [[1, 1, 1], [1, 7, 1], [7, 1, 5], [16, 16, 16], [33, 65, 17], [300, 100, 200], [1, 3000, 9]]) {
    const left = positive(m * k, 1);
    const other = positive(k * n, 2);
    const expected = multiply(m, k, n, left, other);
    const params = { m, k, n, other };
    assertClose(kernels.sync.matrix.multiply(left, params).output, expected, 1e-5);

    const address = addressOf(left);
    const pending = kernels.matrix.multiply(left, params);
    assert.ok(isDetached(left.buffer) && !isDetached(other.buffer));
    const { output, buffer } = await pending;
    assert.ok(output instanceof Float32Array);
    assertClose(output, expected, 1e-5);
    assert.equal(addressOf(buffer), address);

    const out = new Float32Array(m * n + 3).fill(NaN);
    const outAddress = addressOf(out);
    const lent = await kernels.matrix.multiply(buffer, params, { out });
    assert.equal(addressOf(lent.output), outAddress);
    assertClose(lent.output, expected, 1e-5);
  }
});

test('whole numbers are exact, over several steps', { timeout }, async () => {
  const [m, k, n] = [530, 1100, 210];
  const whole = (length, seed) => floats(length, seed).map((number) => Math.round(number * 8));
  const [left, other] = [whole(m * k, 1), whole(k * n, 2)];
  const expected = Float32Array.from(multiply(m, k, n, left, other));
  const { output } = await kernels.matrix.multiply(left, { m, k, n, other });
  assert.deepEqual(output, expected);
});

test('sizes that do not suit cost the caller nothing', { timeout }, async () => {
  const left = new Float32Array(6);
  const other = new Float32Array(12);
  const refuse = async (code, params, options) => {
    await assert.rejects(startKernel('matrix.multiply', left, params, options), { code: `ERR_ROCKPOOL_KERNEL_${code}` });
    assert.equal(left.length, 6);
  };
  await refuse('RANGE', { m: 2, k: 2, n: 6, other });
  await refuse('RANGE', { m: 2, k: 3, n: 5, other });
  await refuse('RANGE', { m: 0, k: 3, n: 4, other });
  await refuse('PARAMETER', { m: 2, k: 3, n: 4 });
  await refuse('PARAMETER', { m: 2, k: 3, n: 4, other: 'numbers' });
  await refuse('OUTPUT', { m: 2, k: 3, n: 4, other }, { out: new ArrayBuffer(31) });
  const { output } = await kernels.matrix.multiply(left, { m: 2, k: 3, n: 4, other }, { out: new ArrayBuffer(32) });
  assert.equal(output.byteLength, 32);
});

test('is given up in the middle, and gives both buffers back', { timeout }, async () => {
  const size = 1536;
  const [left, other, out] = [0, 1, 2].map(() => new Float32Array(size * size));
  const { error } = await abortInTheMiddle('matrix.multiply', left, { m: size, k: size, n: size, other }, { out });
  assert.equal(error.out.length, size * size);
});
