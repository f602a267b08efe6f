'use strict';

const { types } = require('node:util');
const { checkSignal } = require('../abort');
const { invalidArgument } = require('../errors');

/** @typedef {import('./call').KernelOptions} KernelOptions */

/**
 * A parameter as the native side takes it: bytes as a Uint8Array, numbers as a Float32Array.
 *
 * @param {unknown} value
 */
function toNative (value) {
  if (ArrayBuffer.isView(value)) {
    if (types.isFloat32Array(value)) return value;
    if (types.isFloat64Array(value)) return Float32Array.from(value);
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  if (Array.isArray(value) && value.every((element) => typeof element === 'number')) return Float32Array.from(value);
  return value;
}

/**
 * The parameters in two lists; what is undefined was not given. Each property is read once.
 *
 * @param {unknown} parameters
 */
function listParameters (parameters) {
  /** @type {string[]} */
  const names = [];
  /** @type {unknown[]} */
  const values = [];
  if (parameters !== undefined && parameters !== null) {
    if (typeof parameters !== 'object' || Array.isArray(parameters) || ArrayBuffer.isView(parameters)) {
      throw invalidArgument('params', 'params must be an object', parameters);
    }
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined) continue;
      names.push(name);
      values.push(toNative(value));
    }
  }
  return { names, values };
}

/** @param {unknown} options */
function checkOptions (options) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') throw invalidArgument('options', 'options must be an object', options);
  const { signal, onProgress, out } = /** @type {KernelOptions} */ (options);
  if (signal !== undefined && signal !== null) checkSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('onProgress', 'onProgress must be a function', onProgress);
  }
  return { signal: signal ?? undefined, onProgress, out: out ?? undefined };
}

module.exports = { checkOptions, listParameters };
