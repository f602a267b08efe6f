'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { addressOf, kernels, pattern } = require('./support');
const { abortInTheMiddle, everyWay, functionOf, refuses, views } = require('./ways');

const timeout = 120_000;

function histogram (bytes) {
  const bins = new Float64Array(256);
  for (const byte of bytes) bins[byte]++;
  return bins;
}

/** Where a pattern begins, by Node's own search; behind a match the next one is looked for at its end. */
function offsets (bytes, wanted) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [];
  for (let at = buffer.indexOf(wanted); at !== -1; at = buffer.indexOf(wanted, at + wanted.length)) found.push(at);
  return Float64Array.from(found);
}

/** Letters in no order, few of them: patterns occur often and overlap themselves. */
function letters (length, kinds = 2) {
  let seed = 1;
  return Uint8Array.from({ length }, () => {
    seed = Math.imul(seed, 1664525) + 1013904223 >>> 0;
    return 97 + (seed >>> 24) % kinds;
  });
}

test('histogram counts as a loop does, in every way of calling it', { timeout }, async () => {
  for (const bytes of [pattern(0), pattern(1), pattern(257), letters(700_001), new Uint8Array(300_000).fill(255)]) {
    const { value, bytes: after } = await everyWay('histogram', bytes);
    assert.deepEqual(value, histogram(bytes));
    assert.deepEqual(after, bytes);
  }
});

test('histogram counts around the widths of words, parts and steps', { timeout }, async () => {
  const lengths = [8, 16, 65536, 131072, 2 << 20, 4 << 20].flatMap((width) => [width - 1, width, width + 1]);
  const results = await kernels.map('histogram', lengths.map((length) => pattern(length)));
  for (const [index, { value }] of results.entries()) {
    assert.deepEqual(value, histogram(pattern(lengths[index])), `${lengths[index]} bytes`);
  }
});

test('search finds what Buffer.indexOf finds, in every way of calling it', { timeout }, async () => {
  const texts = ['', 'a', 'ab', 'abc', 'aaaaa', 'abababab', 'one fish, two fish'].map((text) => Buffer.from(text));
  for (const bytes of [...texts.map((text) => Uint8Array.from(text)), letters(700_001)]) {
    for (const wanted of ['a', 'ab', 'aa', 'aba', 'aabaa', 'fish'].map((text) => Buffer.from(text))) {
      const expected = offsets(bytes, wanted);
      const found = await everyWay('search.offsets', bytes, { pattern: wanted });
      assert.deepEqual(found.output, expected);
      const counted = await everyWay('search.count', bytes, { pattern: wanted });
      assert.equal(counted.value, expected.length);
      assert.deepEqual(counted.bytes, bytes);
    }
  }
});

test('search finds a match across the border of two parts or steps exactly once', { timeout }, async () => {
  const length = (9 << 20) + 5;
  for (const wanted of ['needle', 'nonono', 'nn'].map((text) => Buffer.from(text))) {
    for (let shift = 0; shift < wanted.length; shift++) {
      const bytes = new Uint8Array(length).fill(46);
      for (let border = 65536; border + 8 < length; border += 65536) bytes.set(wanted, border - shift);
      const expected = offsets(bytes, wanted);
      const { output, buffer } = await kernels.search.offsets(bytes, { pattern: wanted });
      assert.deepEqual(output, expected);
      assert.equal((await kernels.search.count(buffer, { pattern: wanted })).value, expected.length);
    }
  }
});

test('search gives the same on one thread and on all where every match overlaps the next', { timeout }, async () => {
  for (const bytes of [new Uint8Array(5 << 20).fill(97), letters(5 << 20, 2)]) {
    for (const wanted of ['aa', 'aaa', 'aaaaaaa', 'aabaa'].map((text) => Buffer.from(text))) {
      const expected = offsets(bytes, wanted);
      assert.deepEqual(kernels.sync.search.offsets(bytes, { pattern: wanted }).output, expected);
      assert.deepEqual((await kernels.search.offsets(bytes.slice(), { pattern: wanted })).output, expected);
      assert.equal((await kernels.search.count(bytes.slice(), { pattern: wanted })).value, expected.length);
    }
  }
});

test('search.offsets stops at the limit', { timeout }, async () => {
  const bytes = new Uint8Array(3_000_000).fill(97);
  const wanted = Buffer.from('aa');
  for (const limit of [1, 3, 1_499_999, 1_500_000, 1_500_001, 2 ** 53 - 1]) {
    const { output } = await kernels.search.offsets(bytes.slice(), { pattern: wanted, limit });
    assert.deepEqual(output, offsets(bytes, wanted).slice(0, limit));
  }
});

test('search.offsets writes to the buffer that is lent', { timeout }, async () => {
  const parameters = { pattern: Buffer.from('aa') };
  const text = Buffer.from('aabaaaa');
  for (const make of [() => new Float64Array(4), () => new ArrayBuffer(24), () => new Uint8Array(new ArrayBuffer(99), 8)]) {
    const out = make();
    const address = addressOf(out);
    const { output } = await kernels.search.offsets(Uint8Array.from(text), parameters, { out });
    assert.deepEqual(output, Float64Array.of(0, 3, 5));
    assert.equal(addressOf(output), address);
  }
  const bytes = Uint8Array.from(text);
  await assert.rejects(kernels.search.offsets(bytes, parameters, { out: new Float64Array(2) }), (error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT');
    assert.match(error.message, /needs 24 bytes or more, out has 16/);
    assert.deepEqual(error.buffer, Uint8Array.from(text));
    assert.equal(error.out.length, 2);
    return true;
  });
});

for (const [name, parameters] of [
  ['histogram'], ['search.count', { pattern: Uint8Array.of(63) }], ['search.offsets', { pattern: Uint8Array.of(62, 63) }]
]) {
  test(`${name} takes the bytes of every kind of view`, { timeout }, async () => {
    const { value: expected, output: expectedOutput } = functionOf(kernels.sync, name)(pattern(64), parameters);
    for (const { name: view, make } of views) {
      const given = make(pattern(64));
      const { value, output, buffer } = await functionOf(kernels, name)(given, parameters);
      assert.deepEqual(value, expected, view);
      assert.deepEqual(output, expectedOutput, view);
      assert.equal(Object.getPrototypeOf(buffer), Object.getPrototypeOf(given), view);
    }
  });

  test(`${name} can be aborted, and gives the memory back`, { timeout }, async () => {
    const left = await abortInTheMiddle(name, () => new Uint8Array(128 << 20).fill(62), parameters);
    assert.ok(left.length === 128 << 20 && left[0] === 62 && left.at(-1) === 62);
  });
}

test('search takes a pattern from a Buffer, a DataView and an ArrayBuffer', { timeout }, async () => {
  const wanted = Uint8Array.of(10, 11, 12);
  for (const given of [Buffer.from(wanted), new DataView(wanted.buffer), wanted.buffer, pattern(20).subarray(10, 13)]) {
    assert.equal(kernels.sync.search.count(pattern(1000), { pattern: given }).value, 4);
  }
});

test('what is wrong with the parameters costs the caller nothing', { timeout }, async () => {
  await refuses('histogram', undefined, [
    [{ bins: 256 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /unknown parameter "bins"/]
  ]);
  for (const name of ['search.count', 'search.offsets']) {
    await refuses(name, name === 'search.count' ? { pattern: Uint8Array.of(1) } : null, [
      [{ pattern: new Uint8Array(0) }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /1 to 65536 bytes, got 0/],
      [{ pattern: new Uint8Array(65537) }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 65537/],
      [{ pattern: 'needle' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /Uint8Array, got string/],
      [{}, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /pattern \(Uint8Array\) is missing/],
      [undefined, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /pattern \(Uint8Array\) is missing/]
    ]);
  }
  await refuses('search.offsets', null, [
    [{ pattern: Uint8Array.of(1), limit: 0 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /1 to 9007199254740991, got 0/]
  ]);
});
