'use strict';

const { types } = require('node:util');
const { checkSignal } = require('../abort');
const native = require('../binding');
const { typedArrayName } = require('../codec/primordials');
const { invalidArgument } = require('../errors');
const { withoutPrototype } = require('../host');
const { isBuffer } = require('./elements');
const { kernelError } = require('./errors');

/** @typedef {import('./call').KernelOptions} KernelOptions */

/**
 * @param {unknown[]} list
 * @returns {boolean} Whether there is a number at every place; stops at the first that has none.
 */
function areNumbers (list) {
  // Not `every`, which passes over what is missing, one by one.
  for (let at = 0; at < list.length; at++) {
    if (typeof list[at] !== 'number') return false;
  }
  return true;
}

/** @type {Map<string, Map<string, string>> | undefined} The types of parameters by kernel and name, read at first need. */
let known;

/**
 * @param {string} kernel
 * @param {string} name
 * @returns {string | undefined} undefined for what there is not
 */
function typeOfParameter (kernel, name) {
  known ??= new Map(native.kernelList().map(({ name, parameters }) =>
    [name, new Map(parameters.map(({ name, type }) => [name, type]))]));
  return known.get(kernel)?.get(name);
}

/**
 * Whether a value can be made what a kernel takes: any bytes a Uint8Array, and longer numbers a Float32Array.
 *
 * @param {object} value
 * @param {string} type of the parameter
 */
function fits (value, type) {
  if (type === 'Float32Array') {
    return types.isFloat32Array(value) || types.isFloat64Array(value) || (Array.isArray(value) && areNumbers(value));
  }
  if (type !== 'Uint8Array' || types.isFloat32Array(value) || types.isFloat64Array(value)) return false;
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

/**
 * @param {object} value
 * @returns {string} what its owner calls it
 */
function nameOfType (value) {
  if (Array.isArray(value)) return areNumbers(value) ? 'an Array' : 'an Array with other things than numbers';
  if (isBuffer(value)) return 'Buffer';
  if (types.isTypedArray(value)) return typedArrayName(value);
  if (types.isDataView(value)) return 'DataView';
  if (types.isArrayBuffer(value)) return 'ArrayBuffer';
  return types.isSharedArrayBuffer(value) ? 'SharedArrayBuffer' : 'object';
}

/**
 * A parameter as the native side takes it: bytes as a Uint8Array, numbers as a Float32Array. What fits neither is
 * refused here, where it still is what the caller gave.
 *
 * @param {string} kernel
 * @param {string} name
 * @param {unknown} value
 */
function toNative (kernel, name, value) {
  if (typeof value !== 'object' || value === null) return value;
  const type = typeOfParameter(kernel, name);
  if (type !== undefined && !fits(value, type)) {
    throw kernelError('ERR_ROCKPOOL_KERNEL_PARAMETER',
      `${kernel}: ${name} must be of type ${type}, got ${nameOfType(value)}`);
  }
  try {
    if (types.isFloat32Array(value)) return value;
    if (types.isFloat64Array(value) || Array.isArray(value)) return Float32Array.from(value);
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  } catch (error) {
    throw kernelError('ERR_ROCKPOOL_KERNEL_PARAMETER',
      `the bytes of ${name} are detached, or cannot be read: ${/** @type {Error} */ (error)?.message}`);
  }
  return value;
}

/**
 * The parameters in two lists; what is undefined was not given. Each property is read once.
 *
 * @param {string} kernel
 * @param {unknown} parameters
 */
function listParameters (kernel, parameters) {
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
      values.push(toNative(kernel, name, value));
    }
  }
  return { names, values };
}

/** @type {{ signal?: AbortSignal, onProgress?: any, out?: any, priority?: number }} Inherits nothing. */
const NO_OPTIONS = Object.freeze(Object.create(null));

/** @param {unknown} options */
function checkOptions (options) {
  if (options === undefined || options === null) return NO_OPTIONS;
  if (typeof options !== 'object') throw invalidArgument('options', 'options must be an object', options);
  const { signal, onProgress, out, priority } = /** @type {KernelOptions} */ (withoutPrototype(options));
  if (signal !== undefined && signal !== null) checkSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('onProgress', 'onProgress must be a function', onProgress);
  }
  return { signal: signal ?? undefined, onProgress, out: out ?? undefined, priority: checkPriority(priority) };
}

/** @type {string[] | undefined} The names of the priorities by their numbers, read when one is first given. */
let priorities;

/**
 * @param {unknown} priority
 * @returns {number | undefined} its number on the native side; undefined for the default one
 */
function checkPriority (priority) {
  if (priority === undefined) return undefined;
  priorities ??= /** @type {string[]} */ (native.kernelPriorities());
  const number = priorities.indexOf(/** @type {string} */ (priority));
  if (number === -1) {
    throw invalidArgument('priority', `priority must be one of ${priorities.join(', ')}`, priority);
  }
  return number;
}

module.exports = { checkOptions, listParameters };
