'use strict';

// An error about a parameter says what its caller gave, not what was made of it on the way to the native side.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { kernels } = require('./support');

/** By the name that an error has for it. */
const given = {
  Int8Array: new Int8Array(32),
  Uint8Array: new Uint8Array(32),
  Uint8ClampedArray: new Uint8ClampedArray(32),
  Int16Array: new Int16Array(16),
  Uint16Array: new Uint16Array(16),
  Int32Array: new Int32Array(8),
  Uint32Array: new Uint32Array(8),
  Float32Array: new Float32Array(8),
  Float64Array: new Float64Array(4),
  BigInt64Array: new BigInt64Array(4),
  BigUint64Array: new BigUint64Array(4),
  DataView: new DataView(new ArrayBuffer(32)),
  ArrayBuffer: new ArrayBuffer(32),
  SharedArrayBuffer: new SharedArrayBuffer(32),
  Buffer: Buffer.alloc(32),
  'an Array': [1, 2],
  'an Array with other things than numbers': [1, 'x'],
  object: new Map(),
  string: 'x',
  number: 5,
  bigint: 5n,
  boolean: true,
  null: null,
  function: () => {},
  symbol: Symbol('x')
};

const numbers = ['Float32Array', 'Float64Array', 'an Array'];
const bytes = Object.keys(given).filter((name) => /Array$|Buffer|View/.test(name) && !numbers.includes(name));

/** @type {Record<string, string[]>} What a parameter of a type takes. */
const taken = {
  Uint8Array: bytes, Float32Array: numbers, integer: ['number'], number: ['number'], bigint: ['number', 'bigint'], string: ['string'], boolean: ['boolean']
};

describe('an error about the type of a parameter names that of the caller', () => {
  for (const { name, parameters } of kernels.list()) {
    if (parameters.length === 0) continue;
    test(name, () => {
      for (const { name: parameter, type } of parameters) {
        for (const [typeOf, value] of Object.entries(given)) {
          if (taken[type].includes(typeOf)) continue;
          // Nothing else is given, but what is wrong with a value comes before what is missing.
          const expected = `${name}: ${parameter} must be of type ${type}, got ${typeOf}`;
          for (const call of [
            () => name.split('.').reduce((/** @type {any} */ all, part) => all[part], kernels.sync)(new Uint8Array(64), { [parameter]: value }),
            () => kernels.pipeline([[name, { [parameter]: value }]])
          ]) {
            assert.throws(call, { code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: expected });
          }
        }
      }
    });
  }
});
