'use strict';

const native = require('../binding');
const { invalidArgument } = require('../errors');
const { startKernel } = require('./call');
const { fromNative } = require('./errors');

/**
 * @typedef {import('./call').KernelOptions} KernelOptions
 * @typedef {import('./call').KernelResult} KernelResult
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {(bytes: Bytes, parameters?: object, options?: KernelOptions) => Promise<KernelResult>} KernelFunction
 */

/**
 * What kernels there are, with their parameters.
 *
 * @returns {import('../native/index.js').KernelDescription[]}
 */
function list () {
  return native.kernelList();
}

/**
 * Sets how many threads the kernels of this process have. Only before the first kernel runs; from then on the number
 * stands.
 *
 * @param {{ threads?: number }} options
 */
function configure (options) {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', 'options must be an object', options);
  }
  const { threads } = options;
  if (threads === undefined) return;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw invalidArgument('threads', 'threads must be a whole number from 1 to 1024', threads);
  }
  try {
    native.configureKernelThreads(threads);
  } catch (error) {
    throw fromNative(error);
  }
}

/** @returns {number} How many threads the kernels have: those that run, else those that would be started. */
function threads () {
  try {
    return native.kernelThreads();
  } catch (error) {
    throw fromNative(error);
  }
}

/**
 * A function for every kernel; a dot in a name is a property of a property.
 *
 * @returns {Record<string, any>}
 */
function functions () {
  /** @type {Record<string, any>} */
  const all = {};
  for (const { name } of list()) {
    const path = name.split('.');
    const last = /** @type {string} */ (path.pop());
    let owner = all;
    for (const part of path) owner = (owner[part] ??= {});
    /** @type {KernelFunction} */
    const kernel = (bytes, parameters, options) => startKernel(name, bytes, parameters, options);
    owner[last] = Object.defineProperty(kernel, 'name', { value: name });
  }
  return all;
}

/** @type {{ list: typeof list, configure: typeof configure, threads: typeof threads, blake3: KernelFunction }} */
const kernels = /** @type {any} */ ({ ...functions(), list, configure, threads });

module.exports = { kernels };
