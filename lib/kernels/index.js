'use strict';

const native = require('../binding');
const { invalidArgument } = require('../errors');
const { withoutPrototype } = require('../host');
const { limits: { KERNEL_THREADS_MAX } } = require('../protocol/tables');
const { fromNative } = require('./errors');

/**
 * What does the work is loaded by the first call: an `import` of the package reads `kernels`, whether they are used or not.
 *
 * @template T
 * @param {() => T} load
 * @returns {() => T}
 */
function atFirstUse (load) {
  /** @type {T | undefined} */
  let loaded;
  return () => (loaded ??= load());
}

const calls = atFirstUse(() => require('./call'));
const pipelines = atFirstUse(() => require('./pipeline'));
const here = atFirstUse(() => require('./sync'));

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
  if (!Number.isInteger(threads) || threads < 1 || threads > KERNEL_THREADS_MAX) {
    throw invalidArgument('threads', `threads must be a whole number from 1 to ${KERNEL_THREADS_MAX}`, threads);
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
  const { Pipeline } = pipelines();
  return new Pipeline(steps);
}

/**
 * One kernel on many buffers; see `mapKernel`.
 *
 * @param {string} name
 * @param {Iterable<import('./lend').Bytes>} inputs
 * @param {object} [parameters]
 * @param {object} [options]
 */
function map (name, inputs, parameters, options) {
  return pipelines().mapKernel(name, inputs, parameters, options);
}

const names = list().map(({ name }) => name);

/**
 * A function for every kernel; a dot in a name is a property of a property.
 *
 * @param {(name: string) => Function} make
 * @returns {Record<string, any>}
 */
function functions (make) {
  /** @type {Record<string, any>} */
  const all = {};
  for (const name of names) {
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
) => calls().startKernel(name, bytes, parameters, options);

/** @param {string} name */
const onThisThread = (name) => (
  /** @type {any} */ bytes, /** @type {object} */ parameters, /** @type {object} */ options
) => here().runKernelHere(name, bytes, parameters, options);

/** @type {Record<string, any>} */
const kernels = {
  ...functions(onThreads),
  sync: functions(onThisThread),
  map,
  pipeline,
  list,
  configure,
  threads
};

module.exports = { kernels };
