'use strict';

const { types } = require('node:util');
const { Buffer, typedArrays } = require('../host');

/** What bytes without a type of their own are: those of an ArrayBuffer, a DataView or a Buffer. */
const untyped = 0;

/**
 * The views by the numbers that the native side knows their elements by (src/kernels/runtime/shape.rs; a test compares both).
 * Bytes without a type are given out as a Uint8Array, and numbers of 16 bits as a Uint16Array where the engine has no
 * Float16Array.
 */
const views = Object.freeze([
  Uint8Array, Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, BigUint64Array, BigInt64Array,
  Float32Array, Float64Array, typedArrays.Float16Array ?? Uint16Array
]);

/** @type {Readonly<Record<string, number>>} */
const numbers = Object.freeze({
  Uint8Array: 1,
  Uint8ClampedArray: 1,
  Int8Array: 2,
  Uint16Array: 3,
  Int16Array: 4,
  Uint32Array: 5,
  Int32Array: 6,
  BigUint64Array: 7,
  BigInt64Array: 8,
  Float32Array: 9,
  Float64Array: 10,
  Float16Array: 11
});

const tagOf = /** @type {() => string} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get);

/**
 * `Buffer.isBuffer`, but a Proxy among the prototypes is not asked: that would run its owner's code.
 *
 * @param {unknown} given
 * @returns {given is Buffer}
 */
function isBuffer (given) {
  if (!types.isUint8Array(given)) return false;
  let prototype = Object.getPrototypeOf(given);
  if (prototype === Uint8Array.prototype) return false;
  while (prototype !== Buffer.prototype) {
    if (prototype === null || types.isProxy(prototype)) return false;
    prototype = Object.getPrototypeOf(prototype);
  }
  return true;
}

/**
 * @param {unknown} given an ArrayBuffer, a SharedArrayBuffer or a view
 * @returns {number} the number of its element
 */
function elementOf (given) {
  // A Buffer is a Uint8Array that says nothing about its bytes: what comes from a file may be anything.
  return types.isTypedArray(given) && !isBuffer(given) ? numbers[tagOf.call(given)] ?? untyped : untyped;
}

/**
 * @param {number} element
 * @param {ArrayBufferLike} buffer
 * @param {number} byteOffset
 * @param {number} byteLength whole elements
 * @returns {any} The view that this element has.
 */
function viewOf (element, buffer, byteOffset, byteLength) {
  const View = views[element];
  return new View(/** @type {any} */ (buffer), byteOffset, byteLength / View.BYTES_PER_ELEMENT);
}

module.exports = { elementOf, isBuffer, untyped, viewOf, views };
