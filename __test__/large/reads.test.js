'use strict';

// Kernels that only read, on more than 4 GiB. The memory is hardly ever real: the pages of the buffer that nobody has
// written to are all one page of zeros.

const assert = require('node:assert/strict');
const { constants } = require('node:buffer');
const { test } = require('node:test');
const { hex, isDetached, kernels } = require('../kernels/support');

const timeout = 300_000;

/** Larger than what 32 bits count. */
const length = 2 ** 32 + 70_001;

/** Across 2 GiB and 4 GiB, and at both ends. */
const places = [0, 2 ** 31 - 3, 2 ** 32 - 3, length - 6];

const pattern = Buffer.from('needle');

const buffer = new ArrayBuffer(length);
for (const place of places) Buffer.from(buffer, place, pattern.length).set(pattern);

// The hashes are those of Node's crypto, Node's zlib and hash-wasm 4.13.
const sha256 = '3db94888b756c3273c90727aade8f5921c040dcd2bde48938fff9e7314e5f829';
const blake3 = 'f6fe648ceff8eb74fcf7139f91fd1ffc17a45fbd163b878a08292e6d95560b25';
const counts = Array.from({ length: 256 }, (_, byte) => pattern.filter((other) => other === byte).length * places.length);
counts[0] = length - pattern.length * places.length;

/** @type {[string, object, (result: any) => void][]} */
const cases = [
  ['crc32', {}, ({ value }) => assert.equal(value, 2_786_490_990)],
  ['xxh3', {}, ({ value }) => assert.equal(value, 0xBE0C8B91DBA30E6Cn)],
  ['blake3', {}, ({ value }) => assert.equal(hex(value), blake3)],
  ['sha256', {}, ({ value }) => assert.equal(hex(value), sha256)],
  ['histogram', {}, ({ value }) => assert.deepEqual([...value], counts)],
  ['search.count', { pattern }, ({ value }) => assert.equal(value, places.length)],
  ['search.offsets', { pattern }, ({ output }) => assert.deepEqual([...output], places)]
];

test('kernels that read, on more than 4 GiB', { timeout }, async () => {
  let bytes = buffer;
  for (const [name, parameters, check] of cases) {
    const result = await kernels.pipeline([[name, parameters]]).run(bytes);
    assert.ok(isDetached(bytes));
    bytes = /** @type {ArrayBuffer} */ (result.buffer);
    assert.equal(bytes.byteLength, length);
    check({ ...result, value: result.values[0] });
  }

  // From places beyond 4 GiB, as a view of each kind and on this thread.
  const view = new DataView(bytes, 2 ** 32 - 3);
  const { value, buffer: back } = await kernels.search.count(view, { pattern });
  assert.equal(value, 2);
  assert.equal(back.byteOffset, 2 ** 32 - 3);
  assert.equal(back.byteLength, length - 2 ** 32 + 3);
  const floats = new Float64Array(back.buffer, 0, Math.floor(length / 8));
  assert.equal(kernels.sync.search.count(floats, { pattern }).value, places.length - 1);
  assert.equal(floats.byteLength, length - length % 8);
});

test('an output that no view can hold is an error before it is computed',
  { timeout, skip: constants.MAX_LENGTH > 2 ** 32 && 'this Node.js has views of more than 4 GiB' }, async () => {
    const to = { toWidth: 32_768, toHeight: 32_769 };
    await assert.rejects(kernels.image.resize(new Uint8Array(4), { width: 1, height: 1, ...to }), (error) => {
      assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT');
      assert.match(error.message, /4295098368.*4294967296/);
      assert.equal(error.buffer.length, 4);
      return true;
    });
  });
