'use strict';

const assert = require('node:assert/strict');
const Piscina = require('../..');
const { addressOf, kernels } = require('./support');

/**
 * The function behind a dotted name.
 *
 * @param {any} owner `kernels` or `kernels.sync`
 * @param {string} name
 */
const functionOf = (owner, name) => name.split('.').reduce((found, part) => found[part], owner);

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/**
 * Calls a kernel in every way there is: on the kernel threads, through a pool, on this
 * thread, as one of many and in a pipeline. The memory must come back at the address it had, and every way must give the
 * same, which is returned.
 *
 * @param {string} name
 * @param {Uint8Array} bytes Stays as it is: each call gets a copy.
 * @param {object} [parameters]
 * @returns {Promise<{ value: any, output: any, bytes: Uint8Array }>}
 */
async function everyWay (name, bytes, parameters) {
  const pool = new Piscina({ filename: __filename, minThreads: 0, maxThreads: 1 });
  const ways = {
    kernels: (given) => functionOf(kernels, name)(given, parameters),
    pool: (given) => pool.kernel(name, given, parameters),
    sync: async (given) => functionOf(kernels.sync, name)(given, parameters),
    map: async (given) => (await kernels.map(name, [given], parameters))[0],
    pipeline: async (given) => {
      const { values: [value], ...rest } = await kernels.pipeline([[name, parameters]]).run(given);
      return value === undefined ? rest : { value, ...rest };
    }
  };
  let first;
  for (const [way, call] of Object.entries(ways)) {
    const given = bytes.slice();
    const address = addressOf(given);
    const { buffer, ...rest } = await call(given);
    if (bytes.length > 0) assert.equal(addressOf(buffer), address, `${way}: the same memory`);
    first ??= { value: undefined, output: undefined, bytes: bytesOf(buffer), ...rest };
    const known = ['value', 'output'].filter((key) => first[key] !== undefined);
    assert.deepEqual(Object.keys(rest), known, way);
    assert.deepEqual({ value: undefined, output: undefined, bytes: bytesOf(buffer), ...rest }, first, way);
  }
  await pool.destroy();
  return first;
}

const typedArrays = [
  Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array,
  Float64Array, BigUint64Array, BigInt64Array
];

/** Every kind of view of 64 bytes, and what its bytes are; whole and from the middle of a buffer. */
const views = [
  ['ArrayBuffer', (bytes) => bytes.slice().buffer],
  ['DataView', (bytes) => new DataView(bytes.slice().buffer)],
  ['Buffer', (bytes) => Buffer.from(bytes.slice().buffer)],
  ['pooled Buffer', (bytes) => Buffer.from(bytes)],
  ['SharedArrayBuffer', (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(64));
    shared.set(bytes);
    return shared;
  }],
  ['a part at an odd place', (bytes) => {
    const whole = new Uint8Array(101).fill(0xEE);
    whole.set(bytes, 3);
    return whole.subarray(3, 67);
  }],
  ...typedArrays.map((View) => [View.name, (bytes) => new View(bytes.slice().buffer)])
].map(([name, make]) => ({ name: /** @type {string} */ (name), make: /** @type {(bytes: Uint8Array) => any} */ (make) }));

/**
 * Calls that are refused before anything is taken: what kind of error, its code, its message. The bytes stay the
 * caller's.
 *
 * @param {string} name
 * @param {object | null} good Where the kernel writes no output: with these, an output buffer is refused.
 * @param {[parameters: any, type: Function, code: string, message: RegExp][]} refused
 */
async function refuses (name, good, refused) {
  const bytes = new Uint8Array(64);
  for (const [parameters, type, code, message] of refused) {
    const check = (/** @type {any} */ error) => {
      assert.ok(error instanceof type, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(functionOf(kernels, name)(bytes, parameters), check);
    assert.throws(() => functionOf(kernels.sync, name)(bytes, parameters), check);
  }
  if (good !== null) {
    await assert.rejects(functionOf(kernels, name)(bytes, good, { out: new Uint8Array(64) }),
      { name: 'TypeError', code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: /out is for kernels that write an output/ });
  }
  assert.equal(bytes.length, 64);
}

/**
 * Aborts a call of a kernel on a large buffer while it is at it. A busy machine may let the kernel finish first, so that
 * is tried again.
 *
 * @param {string} name
 * @param {() => Uint8Array} make
 * @param {object} [parameters]
 * @returns {Promise<Uint8Array>} The memory as it was left.
 */
async function abortInTheMiddle (name, make, parameters) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const given = make();
    const address = addressOf(given);
    const controller = new AbortController();
    const call = functionOf(kernels, name)(given, parameters, { signal: controller.signal });
    setImmediate(() => controller.abort());
    const error = await call.then(() => null, (/** @type {any} */ error) => error);
    if (error === null) continue;
    assert.equal(error.code, 'ABORT_ERR');
    assert.equal(addressOf(error.buffer), address);
    return error.buffer;
  }
  return assert.fail(`${name} was always done before it could be aborted`);
}

module.exports = { abortInTheMiddle, everyWay, functionOf, refuses, views };
