'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');
const { hex, kernels, pattern } = require('./support');
const { abortInTheMiddle, everyWay, functionOf, refuses, views } = require('./ways');
const { xxh3 } = require('./xxh3-reference');

const timeout = 120_000;

/** Of the trailer that zlib writes: there also where Node has no zlib.crc32() yet. */
function crc32 (bytes) {
  const zipped = gzipSync(bytes, { level: 1 });
  return zipped.readUInt32LE(zipped.length - 8);
}

const references = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  xxh3,
  crc32
};

const widths = [64, 128, 240, 256, 1024, 4096, 262144, 524288];
const lengths = [0, 1, 2, 3, 4, 8, 9, 16, 17, 32, 33, 55, 56, 96, 97, ...widths.flatMap((at) => [at - 1, at, at + 1])];

for (const [name, reference] of Object.entries(references)) {
  test(`${name} agrees with an independent implementation in every way of calling it`, { timeout }, async () => {
    for (const length of [0, 1, 200, 600_000]) {
      const bytes = pattern(length);
      const { value, bytes: after } = await everyWay(name, bytes);
      assert.deepEqual(value, reference(bytes), `${length} bytes`);
      assert.deepEqual(after, bytes);
    }
  });

  test(`${name} agrees with it around every width`, { timeout }, async () => {
    const results = await kernels.map(name, lengths.map(pattern));
    for (const [index, { value }] of results.entries()) {
      assert.deepEqual(value, reference(pattern(lengths[index])), `${lengths[index]} bytes`);
    }
  });

  test(`${name} takes the bytes of every kind of view`, { timeout }, async () => {
    const expected = reference(pattern(64));
    for (const { name: view, make } of views) {
      const given = make(pattern(64));
      assert.deepEqual(functionOf(kernels.sync, name)(given).value, expected, view);
      const { value, buffer } = await functionOf(kernels, name)(given);
      assert.deepEqual(value, expected, view);
      assert.equal(Object.getPrototypeOf(buffer), Object.getPrototypeOf(given), view);
    }
  });

  test(`${name} can be aborted, and gives the memory back`, { timeout }, async () => {
    const left = await abortInTheMiddle(name, () => new Uint8Array(64 << 20).fill(7));
    assert.ok(left.length === 64 << 20 && left[0] === 7 && left.at(-1) === 7);
  });
}

test('sha256 hashes many messages with one call', { timeout }, async () => {
  const list = Array.from({ length: 2000 }, (_, index) => pattern(index));
  const results = await kernels.map('sha256', list);
  for (const [index, { value }] of results.entries()) {
    assert.equal(hex(value), hex(references.sha256(pattern(index))));
  }
});

test('sha256 reports how far it is', { timeout }, async () => {
  const reports = [];
  const bytes = new Uint8Array(256 << 20);
  await kernels.sha256(bytes, {}, { onProgress: (report) => reports.push(report) });
  assert.ok(reports.length > 0);
  for (const { done, total, unit } of reports) {
    assert.ok(done > 0 && done < total);
    assert.deepEqual([total, unit], [256 << 20, 'bytes']);
  }
});

test('xxh3 is another hash with another seed', { timeout }, async () => {
  // The last but one is PRIME64, the other seed of the self-test of the reference implementation.
  for (const seed of [0, 1, 2 ** 32, 2 ** 53 - 1, 0n, 2n ** 53n, 11400714785074694797n, 2n ** 64n - 1n]) {
    for (const length of [0, 1, 4, 8, 9, 16, 17, 100, 129, 240, 241, 1024, 5000]) {
      const { value } = kernels.sync.xxh3(pattern(length), { seed });
      assert.equal(value, xxh3(pattern(length), BigInt(seed)), `${length} bytes, seed ${seed}`);
    }
  }
});

/** The bytes that the vectors of the xxHash project are about. */
function xxhashBytes (length) {
  const bytes = new Uint8Array(length);
  let state = 2654435761n;
  for (let at = 0; at < length; at++) {
    bytes[at] = Number(state >> 56n);
    state = BigInt.asUintN(64, state * 11400714785074694797n);
  }
  return bytes;
}

// For each seed what the project publishes for each length from 0 to 4,160 (tests/sanity_test_vectors.h of xxHash
// 0.8.3): the first ones, some others, and SHA-256 of all, as numbers of eight bytes, the lowest first.
const xxhashVectors = [
  {
    seed: 0n,
    first: [0x2D06800538D394C2n, 0xC44BDFF4074EECDBn, 0x7A9978044CB8A8BBn, 0x54247382A8D6B94Dn],
    some: { 6: 0x27B56A84CD2D7325n, 195: 0xCD94217EE362EC3An, 403: 0xCDEB804D65C6DEA4n, 4160: 0x4F323B15321E94E1n },
    digest: 'ceffba77901cf536a084e1d45070ce457ed48d9c40b4a7292a0fc9d2f8fb7640'
  },
  {
    seed: 11400714785074694797n,
    first: [0xA8A6B918B2F0364An, 0x032BE332DD766EF8n, 0x764B35C90519AD88n],
    some: { 6: 0x84589C116AB59AB9n, 195: 0xBA68003D370CB3D9n, 403: 0x6259F6ECFD6443FDn, 4160: 0x1BF6F5FAF9EECABDn },
    digest: '6d7b63b9169e34942168cc904f8c2bffc0d7b1bbf1d56d3c1d002a557bf2b9b9'
  }
];

for (const { seed, first, some, digest } of xxhashVectors) {
  test(`xxh3 gives the 4,161 values that its authors publish for the seed ${seed}`, { timeout }, async () => {
    const bytes = xxhashBytes(4160);
    const lengths = Array.from({ length: 4161 }, (_, length) => length);
    const here = lengths.map((length) => kernels.sync.xxh3(bytes.subarray(0, length), { seed }).value);
    const results = await kernels.map('xxh3', lengths.map((length) => bytes.slice(0, length)), { seed });
    const there = results.map(({ value }) => value);
    assert.deepEqual(here.slice(0, first.length), first);
    for (const [length, value] of Object.entries(some)) assert.equal(here[length], value, `${length} bytes`);
    for (const values of [here, there]) {
      const all = BigUint64Array.from(values);
      assert.equal(createHash('sha256').update(all).digest('hex'), digest);
    }
  });
}

test('crc32 goes on where another one ended', { timeout }, async () => {
  const bytes = pattern(1_000_000);
  for (const border of [0, 1, 7, 300_000, 1_000_000]) {
    const first = await kernels.crc32(bytes.slice(0, border));
    const { value } = await kernels.crc32(bytes.slice(border), { initial: first.value });
    assert.equal(value, crc32(bytes), `in two, at ${border}`);
  }
  assert.equal((await kernels.crc32(Buffer.from('123456789'))).value, 0xCBF43926);
});

test('what is wrong with the parameters costs the caller nothing', { timeout }, async () => {
  await refuses('sha256', {}, [
    [{ length: 32 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /unknown parameter "length"; it has none/]
  ]);
  await refuses('xxh3', {}, [
    [{ seed: -1 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /0 to 18446744073709551615 .*got -1$/],
    [{ seed: 2 ** 53 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /above 9007199254740991 as a BigInt.*got 9007199254740992$/],
    [{ seed: -1n }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got -1$/],
    [{ seed: 2n ** 64n }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 18446744073709551616$/],
    [{ seed: 2n ** 1000n }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got a greater one$/],
    [{ seed: -(2n ** 1000n) }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got a negative one$/],
    [{ seed: '5' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /bigint, got string/],
    [{ sede: 5 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /"sede"; known are seed/]
  ]);
  await refuses('crc32', {}, [
    [{ initial: 2 ** 32 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /0 to 4294967295, got 4294967296/],
    [{ initial: -1 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got -1/],
    [{ initial: 0.5 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 0\.5/]
  ]);
});

test('a seed of 64 bits is described with its exact bounds', { timeout }, () => {
  const { parameters } = kernels.list().find(({ name }) => name === 'xxh3');
  const { type, min, max } = parameters.find(({ name }) => name === 'seed');
  assert.deepEqual([type, min, max], ['bigint', 0n, 2n ** 64n - 1n]);
});
