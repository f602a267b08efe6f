'use strict';

const native = require('../binding');
const { invalidArgument } = require('../errors');
const { withoutPrototype } = require('../host');
const { startKernel } = require('./call');
const { fromNative } = require('./errors');
const { Pipeline, mapKernel } = require('./pipeline');
const { runKernelHere } = require('./sync');

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
  const { threads } = withoutPrototype(options);
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
 * Kernels in a row; see `Pipeline`.
 *
 * @param {Iterable<[string, object?]>} steps
 */
function pipeline (steps) {
  return new Pipeline(steps);
}

/**
 * A function for every kernel; a dot in a name is a property of a property.
 *
 * @param {(name: string) => Function} make
 * @returns {Record<string, any>}
 */
function functions (make) {
  /** @type {Record<string, any>} */
  const all = {};
  for (const { name } of list()) {
    const path = name.split('.');
    const last = /** @type {string} */ (path.pop());
    let owner = all;
    for (const part of path) owner = (owner[part] ??= {});
    owner[last] = Object.defineProperty(make(name), 'name', /** @type {any} */ ({ __proto__: null, value: name }));
  }
  return all;
}

/** @param {string} name */
const onThreads = (name) => (
  /** @type {any} */ bytes, /** @type {object} */ parameters, /** @type {object} */ options
) => startKernel(name, bytes, parameters, options);

/** @param {string} name */
const onThisThread = (name) => (
  /** @type {any} */ bytes, /** @type {object} */ parameters, /** @type {object} */ options
) => runKernelHere(name, bytes, parameters, options);

/** @type {Record<string, any>} */
const kernels = {
  ...functions(onThreads),
  sync: functions(onThisThread),
  map: mapKernel,
  pipeline,
  list,
  configure,
  threads
};

module.exports = { Pipeline, kernels };
