'use strict';

const { availableParallelism } = require('node:os');
const { fileURLToPath } = require('node:url');
const { SHARE_ENV } = require('node:worker_threads');

const { checkSignal } = require('./abort');
const { conflictingOptions, invalidArgument, invalidOption } = require('./errors');
const { process, withoutPrototype } = require('./host');
const { limits: { CONCURRENCY_MAX, WORKERS_MAX } } = require('./protocol/tables');
const { ArrayTaskQueue, FixedQueue, isTaskQueue } = require('./task-queues');

/**
 * @typedef {import('./abort').AbortSignalAny} AbortSignalAny
 * @typedef {import('./task-queues').TaskQueue} TaskQueue
 *
 * @typedef {object} FilledOptions What `pool.options` shows: every option with its default, live and mutable.
 * @property {string | null} filename an absolute path, or a name to be resolved by the worker
 * @property {string} name
 * @property {number} minThreads
 * @property {number} maxThreads
 * @property {number} idleTimeout in milliseconds, may be Infinity
 * @property {number} maxQueue may be Infinity
 * @property {number} concurrentTasksPerWorker
 * @property {'sync' | 'async' | 'disabled'} atomics
 * @property {import('node:worker_threads').ResourceLimits} [resourceLimits]
 * @property {string[]} [argv]
 * @property {string[]} [execArgv]
 * @property {NodeJS.Dict<string> | typeof SHARE_ENV} [env]
 * @property {any} [workerData]
 * @property {TaskQueue} taskQueue `defaultTaskQueue` unless the caller gave one
 * @property {number} niceIncrement
 * @property {boolean} trackUnmanagedFds
 * @property {number} closeTimeout in milliseconds, may be Infinity
 * @property {number} loadTimeout in milliseconds, may be Infinity
 * @property {boolean} recordTiming
 * @property {boolean} stricterFIFO
 * @property {Function} [loadBalancer]
 * @property {boolean} workerHistogram
 */

/**
 * How one option is checked and filled in.
 *
 * @typedef {object} OptionSpec
 * @property {unknown} [fallback] The default; undefined when there is none.
 * @property {(value: any) => boolean} [valid] Any value is valid without it. Not asked about undefined.
 * @property {string} [message] The error message for an invalid value.
 * @property {boolean} [nullable] null stands for the default.
 * @property {(value: any) => unknown} [convert] Makes the filled value of a valid one.
 */

const kMaxTimerDelay = 2 ** 31 - 1;

/** Shown by `pool.options.taskQueue` when the pool keeps its own native queue: always empty, never used. */
const defaultTaskQueue = new ArrayTaskQueue();

const isString = (/** @type {unknown} */ value) => typeof value === 'string';
const isBoolean = (/** @type {unknown} */ value) => typeof value === 'boolean';
const isObject = (/** @type {unknown} */ value) => typeof value === 'object' && value !== null;
const isStringArray = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isString);

/** @param {number} least */
const isCountFrom = (least) => (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= least;

/** @param {number} most the limit of the native side, beyond any machine */
const upTo = (most) => (/** @type {number} */ value) => Math.min(value, most);

/** There are 40 priorities on Unix systems. */
const kNicest = 40;

/** @param {unknown} value */
const isDuration = (value) => typeof value === 'number' && value >= 0;

const kAtomics = ['sync', 'async', 'disabled'];

/**
 * All options of the constructor. Counts are whole numbers. Durations are milliseconds and may have a fraction;
 * `idleTimeout`, `closeTimeout`, `loadTimeout` and the count `maxQueue` may be Infinity, nothing may be NaN.
 *
 * @type {Readonly<Record<string, OptionSpec>>}
 */
const optionTable = Object.freeze({
  filename: {
    fallback: null,
    nullable: true,
    valid: isString,
    message: 'options.filename must be a string or null',
    // '' is no file, as in piscina.
    convert: (value) => value === '' ? null : toPath(value, (cause) => invalidOption('filename',
      'options.filename must be a string or null; a file: URL must be valid', value, { cause }))
  },
  name: {
    fallback: 'default',
    nullable: true,
    valid: isString,
    message: 'options.name must be a string or null'
  },
  minThreads: {
    fallback: Math.max(Math.floor(availableParallelism() / 2), 1),
    valid: (value) => isCountFrom(0)(value) && value <= WORKERS_MAX,
    message: `options.minThreads must be a non-negative integer of at most ${WORKERS_MAX}`
  },
  maxThreads: {
    fallback: Math.ceil(availableParallelism() * 1.5),
    valid: isCountFrom(1),
    message: 'options.maxThreads must be a positive integer',
    convert: upTo(WORKERS_MAX)
  },
  idleTimeout: {
    fallback: 0,
    valid: isDuration,
    message: 'options.idleTimeout must be a non-negative integer'
  },
  maxQueue: {
    fallback: Infinity,
    valid: (value) => value === 'auto' || value === Infinity || isCountFrom(0)(value),
    message: 'options.maxQueue must be a non-negative integer'
  },
  concurrentTasksPerWorker: {
    fallback: 1,
    valid: isCountFrom(1),
    message: 'options.concurrentTasksPerWorker must be a positive integer',
    convert: upTo(CONCURRENCY_MAX)
  },
  atomics: {
    fallback: 'sync',
    nullable: true,
    valid: (value) => kAtomics.includes(value),
    // The doubled word is piscina's.
    message: 'options.atomics should be a value of sync, sync or disabled.'
  },
  resourceLimits: {
    valid: isObject,
    message: 'options.resourceLimits must be an object'
  },
  // Node makes strings of the elements of `argv` and checks the words of `execArgv` itself.
  argv: {
    nullable: true,
    valid: Array.isArray,
    message: 'options.argv must be an array of strings'
  },
  execArgv: {
    nullable: true,
    valid: isStringArray,
    message: 'options.execArgv must be an array of strings'
  },
  env: {
    nullable: true,
    valid: (value) => isObject(value) || value === SHARE_ENV,
    message: 'options.env must be an object or worker_threads.SHARE_ENV'
  },
  workerData: {},
  taskQueue: {
    fallback: defaultTaskQueue,
    valid: isTaskQueue,
    message: 'options.taskQueue must be a TaskQueue object'
  },
  niceIncrement: {
    fallback: 0,
    valid: (value) => Number.isSafeInteger(value) && (value >= 0 || process.platform === 'win32'),
    message: 'options.niceIncrement must be a non-negative integer on Unix systems',
    convert: (value) => Math.max(-kNicest, Math.min(value, kNicest))
  },
  trackUnmanagedFds: {
    fallback: true,
    valid: isBoolean,
    message: 'options.trackUnmanagedFds must be a boolean value'
  },
  closeTimeout: {
    fallback: 30_000,
    valid: isDuration,
    message: 'options.closeTimeout must be a non-negative integer'
  },
  loadTimeout: {
    fallback: 60_000,
    valid: (value) => isDuration(value) && value > 0,
    message: 'options.loadTimeout must be a positive number'
  },
  recordTiming: {
    fallback: true,
    // Unchecked by piscina, which asks for truth only: callers may pass 0 or 1.
    convert: Boolean
  },
  stricterFIFO: {
    fallback: false,
    valid: isBoolean,
    message: 'options.stricterFIFO must be a boolean'
  },
  loadBalancer: {
    valid: (value) => typeof value === 'function' && value.length >= 1,
    message: 'options.loadBalancer must be a function with at least two args'
  },
  workerHistogram: {
    fallback: false,
    valid: isBoolean,
    message: 'options.workerHistogram must be a boolean'
  }
});

/**
 * A `file:` URL as a path; any other name as it is.
 *
 * @param {string} filename
 * @param {(cause: unknown) => Error} toError
 * @returns {string}
 */
function toPath (filename, toError) {
  if (!filename.startsWith('file:')) return filename;
  try {
    return fileURLToPath(filename);
  } catch (cause) {
    throw toError(cause);
  }
}

/**
 * @param {string} option
 * @param {OptionSpec} spec
 * @param {unknown} value
 */
function fill (option, spec, value) {
  const { fallback, nullable = false, valid, message = '', convert } = spec;
  if (value === undefined || (value === null && nullable)) return fallback;
  if (valid !== undefined && !valid(value)) throw invalidOption(option, message, value);
  return convert === undefined ? value : convert(value);
}

/**
 * The options of a pool, checked and filled in. Properties that are no option of ours stay: those of
 * EventEmitterAsyncResource are among them.
 *
 * @param {object | null} [options] The argument of the constructor.
 * @returns {FilledOptions}
 */
function normalizeOptions (options) {
  if (options !== undefined && typeof options !== 'object') {
    throw invalidArgument('options', 'options must be an object', options);
  }

  const given = withoutPrototype(options);
  const filled = withoutPrototype(given);
  for (const [option, spec] of Object.entries(optionTable)) {
    const value = fill(option, spec, given[option]);
    if (value === undefined) delete filled[option];
    else filled[option] = value;
  }

  const { minThreads, maxThreads } = given;
  if (minThreads !== undefined && maxThreads !== undefined && minThreads > maxThreads) {
    throw conflictingOptions(['minThreads', 'maxThreads'],
      'options.minThreads and options.maxThreads must not conflict', [minThreads, maxThreads]);
  }
  // One that was given moves the default of the other out of its way.
  if (maxThreads !== undefined) filled.minThreads = Math.min(filled.minThreads, maxThreads);
  if (minThreads !== undefined) filled.maxThreads = Math.max(filled.maxThreads, minThreads);
  if (filled.maxQueue === 'auto') filled.maxQueue = filled.maxThreads ** 2;
  // Its tasks wait in JavaScript, each pool's in a queue of its own.
  if (filled.loadBalancer !== undefined && filled.taskQueue === defaultTaskQueue) filled.taskQueue = new FixedQueue();

  return /** @type {any} */ (filled);
}

/**
 * Whether a queue or a load balancer of the user's decides which worker runs what.
 *
 * @param {FilledOptions} options
 * @returns {boolean}
 */
function isDirected ({ taskQueue, loadBalancer }) {
  return taskQueue !== defaultTaskQueue || loadBalancer !== undefined;
}

/**
 * The options of one task. `null` where the pool's own apply.
 *
 * @typedef {object} FilledRunOptions
 * @property {any[] | undefined} transferList
 * @property {string | null} filename
 * @property {string | null} name
 * @property {AbortSignalAny | null} signal
 */

/**
 * Checks the options of `run()`. Throws; `run()` makes a rejection of it.
 *
 * @param {any} options
 * @returns {FilledRunOptions}
 */
function parseRunOptions (options) {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', 'options must be an object', options);
  }
  const { transferList, filename = null, name = null, signal = null } = withoutPrototype(options);

  if (transferList !== undefined && !Array.isArray(transferList)) {
    throw invalidArgument('transferList', 'transferList argument must be an Array', transferList);
  }
  if (filename !== null && typeof filename !== 'string') {
    throw invalidArgument('filename', 'filename argument must be a string', filename);
  }
  if (name !== null && typeof name !== 'string') {
    throw invalidArgument('name', 'name argument must be a string', name);
  }
  if (signal !== null) checkSignal(signal);

  return { transferList, filename: filename === null ? null : argumentToPath(filename), name, signal };
}

/**
 * @param {string} filename
 * @returns {string}
 */
function argumentToPath (filename) {
  return toPath(filename, (cause) => invalidArgument('filename',
    'filename argument must be a string; a file: URL must be valid', filename, { cause }));
}

/**
 * Checks the options of `close()`. Throws; `close()` makes a rejection of it.
 *
 * @param {any} options
 * @returns {{ force: boolean }}
 */
function parseCloseOptions (options) {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', 'options must be an object', options);
  }
  const { force = false } = withoutPrototype(options);
  if (typeof force !== 'boolean') {
    throw invalidArgument('force', 'force argument must be a boolean', force);
  }
  return { force };
}

/**
 * A duration as `setTimeout` can take it: Node makes 1 ms of all that is longer than 24.8 days.
 *
 * @param {number} duration in milliseconds
 * @returns {number | null} null for Infinity: no timer at all.
 */
function toTimerDelay (duration) {
  return duration === Infinity ? null : Math.min(duration, kMaxTimerDelay);
}

module.exports = {
  defaultTaskQueue,
  isDirected,
  normalizeOptions,
  optionTable,
  parseCloseOptions,
  parseRunOptions,
  toTimerDelay
};
