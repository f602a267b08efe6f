'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { blake3: reference } = require('./blake3-reference');
const { hex, kernels, pattern } = require('./support');

const timeout = 60_000;

// From the published test vectors: the first 32 bytes, for an input whose byte at index i is i % 251.
const published = {
  0: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  1: '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
  1023: '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11',
  1024: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
  1025: 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
  2048: 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a',
  102400: 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'
};

for (const [length, digest] of Object.entries(published)) {
  test(`hashes the published vector of ${length} bytes`, { timeout }, async () => {
    const { value } = await kernels.blake3(pattern(Number(length)));
    assert.equal(hex(value), digest);
    assert.equal(hex(reference(pattern(Number(length)))), digest, 'so does the reference');
  });
}

test('agrees with the reference around the widths of blocks, chunks, vectors and subtrees', { timeout }, async () => {
  const widths = [64, 1024, 2048, 4096, 8192, 16384, 32768, 131072];
  for (const width of widths) {
    for (const length of [width - 1, width, width + 1]) {
      const { value } = await kernels.blake3(pattern(length));
      assert.equal(hex(value), hex(reference(pattern(length))), `${length} bytes`);
    }
  }
});

test('agrees with the reference where one step ends and the next begins', { timeout }, async () => {
  // The reference takes a second for a MiB: this one size, which is two steps and a byte over.
  const length = 4 * 1024 * 1024 + 1;
  const { value } = await kernels.blake3(pattern(length));
  assert.equal(hex(value), hex(reference(pattern(length))));
});

test('hashes with a key, derives keys, and answers at any length', { timeout }, async () => {
  const key = Buffer.from('whats the Elvish word for friend');
  const context = 'BLAKE3 2019-12-27 16:29:52 test vectors context';
  for (const parameters of [{ key }, { context }, { length: 1 }, { length: 131, context }, { length: 4096, key }]) {
    for (const length of [0, 1, 64, 3072]) {
      const { value } = await kernels.blake3(pattern(length), parameters);
      assert.equal(hex(value), hex(reference(pattern(length), parameters)));
    }
  }
});

test('takes a key from any view, also one that lies within a larger buffer', { timeout }, async () => {
  const key = pattern(32);
  const expected = hex(reference(pattern(10), { key }));
  const wide = new Uint8Array(100);
  wide.set(key, 7);
  for (const view of [new DataView(key.buffer), wide.subarray(7, 39), new Uint32Array(key.slice().buffer)]) {
    const { value } = await kernels.blake3(pattern(10), { key: view });
    assert.equal(hex(value), expected);
  }
});

test('refuses parameters that do not suit each other or are out of range', { timeout }, async () => {
  const bytes = pattern(10);
  const refused = [
    [{ key: new Uint8Array(31) }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /32 bytes, got 31/],
    [{ length: 0 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /1 to 65536, got 0/],
    [{ length: 1.5 }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got 1\.5/],
    [{ length: NaN }, RangeError, 'ERR_ROCKPOOL_KERNEL_RANGE', /got NaN/],
    [{ length: '32' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /integer, got string/],
    [{ length: 32n }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /got bigint/],
    [{ key: {} }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /Uint8Array, got object/],
    [{ key: null }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /got null/],
    [{ context: 5 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /string, got number/],
    [{ lenght: 5 }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /"lenght"; known are length, key, context/],
    [{ key: new Uint8Array(32), context: 'c' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /two modes/],
    [[], TypeError, 'ERR_ROCKPOOL_INVALID_ARGUMENT', /params/],
    ['key', TypeError, 'ERR_ROCKPOOL_INVALID_ARGUMENT', /params/]
  ];
  for (const [parameters, type, code, message] of refused) {
    await assert.rejects(kernels.blake3(bytes, parameters), (error) => {
      assert.ok(error instanceof type, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(bytes.length, 10, 'and costs the caller nothing');
  await kernels.blake3(bytes, { key: undefined });
  assert.equal(bytes.length, 0);
});
