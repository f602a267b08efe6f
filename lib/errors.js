'use strict';

const { inspect } = require('node:util');

const { captureStackTrace, define, process, withoutPrototype } = require('./host');
const { codes: kernelCodes } = require('./kernels/errors');

const { hasOwn } = Object;

/**
 * Every error this package makes has a stable `code`. The table is the one source of codes and messages: the
 * documentation, the type declarations and the tests are compared with it. Where piscina has a message for the same
 * case, ours is the same to the letter, since callers match on it.
 *
 * @typedef {object} ErrorSpec
 * @property {new (message: string, options?: ErrorOptions) => Error} base The class an error of this code is made with.
 * @property {(...args: any[]) => string} message The message, from the arguments of the maker.
 * @property {string} doc One line: when a caller sees it.
 */

/** @type {Readonly<Record<string, Readonly<ErrorSpec>>>} */
const codes = Object.freeze({
  ABORT_ERR: {
    base: Error,
    message: () => 'The task has been aborted',
    doc: 'The signal of the task was aborted, or the pool was closed before the task started; `cause` is the reason.'
  },
  ERR_ROCKPOOL_THREAD_TERMINATION: {
    base: Error,
    message: () => 'Terminating worker thread',
    doc: 'The pool was destroyed, or the worker was terminated, while the task was queued or running.'
  },
  ERR_ROCKPOOL_FILENAME_NOT_PROVIDED: {
    base: Error,
    message: () => 'filename must be provided to run() or in options object',
    doc: 'Neither the pool nor the call of `run()` names a worker file.'
  },
  ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT: {
    base: Error,
    message: () => 'Task queue is at limit',
    doc: '`maxQueue` tasks are waiting already.'
  },
  ERR_ROCKPOOL_NO_TASK_QUEUE_AVAILABLE: {
    base: Error,
    message: () => 'No task queue available and all Workers are busy',
    doc: '`maxQueue` is 0 and no worker can start the task at once.'
  },
  ERR_ROCKPOOL_CLOSE_TIMEOUT: {
    base: Error,
    message: () => 'Close operation timed out',
    doc: 'Tasks were still running `closeTimeout` milliseconds after `close()`; emitted as the pool\'s `error` event.'
  },
  ERR_ROCKPOOL_WORKER_EXITED: {
    base: Error,
    message: (/** @type {number} */ exitCode) => `worker exited with code: ${exitCode}`,
    doc: 'The worker ended while the task was running; `exitCode` is its exit code.'
  },
  ERR_ROCKPOOL_NO_HANDLER: {
    base: Error,
    message: (/** @type {string} */ filename) => `No handler function exported from ${filename}`,
    doc: 'The worker file was loaded, but has no function of its own under the given name.'
  },
  ERR_ROCKPOOL_LOAD_FAILED: {
    base: Error,
    message: (/** @type {string} */ filename, /** @type {unknown} */ cause) =>
      `Cannot load the worker file ${filename}: ${describe(cause)}`,
    doc: 'The worker file does not exist, does not parse or throws while it is loaded; `cause` is the first error.'
  },
  ERR_ROCKPOOL_LOAD_NEVER_FINISHED: {
    base: Error,
    message: (/** @type {string} */ filename) =>
      `The worker file ${filename} never finished loading: it awaits something that nothing seems left to settle`,
    doc: 'The worker file awaits at its top level, or exports a promise, and for half of `loadTimeout` nothing that could settle it has kept its thread alive.'
  },
  ERR_ROCKPOOL_LOAD_TIMEOUT: {
    base: Error,
    message: (/** @type {string | null} */ filename, /** @type {number} */ timeout) =>
      `The worker file ${filename} never finished loading within ${timeout} ms (options.loadTimeout)`,
    doc: 'The worker file was still loading `loadTimeout` milliseconds after its worker had started.'
  },
  ERR_ROCKPOOL_INVALID_OPTION: {
    base: TypeError,
    message: (/** @type {string} */ message) => message,
    doc: 'An option of the pool has the wrong type or range (`option` names it, `received` shows it), or two conflict.'
  },
  ERR_ROCKPOOL_INVALID_ARGUMENT: {
    base: TypeError,
    message: (/** @type {string} */ message) => message,
    doc: 'An argument of a method has the wrong type or range (`argument` names it, `received` shows it).'
  },
  ERR_ROCKPOOL_ADDON_UNAVAILABLE: {
    base: Error,
    message: (/** @type {string} */ reason) => `Cannot load rockpool's native addon for ${process.platform}-${process.arch}: ${reason}`,
    doc: 'The native addon cannot be loaded: its package is not installed or does not exist for this platform, its version differs from that of the JavaScript, or the process may not load addons; `cause` is the first error.'
  },
  ERR_ROCKPOOL_ENTRY_MISSING: {
    base: Error,
    message: (/** @type {string} */ path) => `The file that Workers start with is missing: ${path}. The application was bundled: ` +
      'mark rockpool as external, or copy that file, see "Bundling" in docs/installing.md',
    doc: 'The application was bundled without the file that Workers start with: [Bundling](installing.md#bundling); `path` is its expected place.'
  },
  ERR_ROCKPOOL_CORRUPT_MESSAGE: native('A message between threads cannot be decoded: memory was overwritten, or rockpool has a bug.'),
  ERR_ROCKPOOL_POOL_GONE: native('A worker asks for tasks of a pool that does not exist any more.'),
  ERR_ROCKPOOL_SLOT_GONE: native('A worker asks for tasks after the pool has given it up.'),
  ERR_ROCKPOOL_TOO_MANY_HANDLERS: native('A pool was asked for more different files and exports than it can number.'),
  ERR_ROCKPOOL_BAD_VIEW: native('Memory for the addon is too small or of the wrong kind: a bug.'),
  ...Object.fromEntries(Object.entries(kernelCodes).map(([code, { base, doc }]) => [code, native(doc, base)]))
});

/**
 * A code whose errors are made elsewhere, most of them by the addon, with messages of their own.
 *
 * @param {string} doc
 * @param {ErrorSpec['base']} [base]
 * @returns {ErrorSpec}
 */
function native (doc, base = Error) {
  return { base, message: (/** @type {string} */ message) => message, doc };
}

const kReceivedLength = 80;

/**
 * A value as it appears in an error: short, on one line, and never itself a reason to throw.
 *
 * @param {unknown} value
 * @returns {string}
 */
function show (value) {
  let text;
  try {
    text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: kReceivedLength, maxArrayLength: 5 });
  } catch {
    // A custom inspect function or a trap of a proxy may throw.
    text = typeof value;
  }
  return text.length > kReceivedLength ? `${text.slice(0, kReceivedLength - 3)}...` : text;
}

/**
 * @param {unknown} thrown
 * @returns {string}
 */
function describe (thrown) {
  try {
    if (thrown instanceof Error) return `${thrown.message}${refused(thrown)}`;
  } catch {
    // A getter, or a trap of a proxy.
  }
  return show(thrown);
}

/**
 * The permission and resource that the permission model has refused: the message of its error leaves them out.
 *
 * @param {any} error
 * @returns {string}
 */
function refused ({ code, permission, resource }) {
  return code === 'ERR_ACCESS_DENIED' && resource ? ` (${permission}: ${resource})` : '';
}

/**
 * Makes the error of a code, without the frames of this file.
 *
 * @param {string} code
 * @param {any[]} args The arguments of the code's message.
 * @param {Function} maker The function whose caller the stack begins with.
 * @param {{ base?: ErrorSpec['base'], cause?: unknown, [property: string]: unknown }} [extra]
 *   `base` and `cause` as for an Error; the others become own properties.
 * @returns {Error & { code: string }}
 */
function make (code, args, maker, extra = {}) {
  const spec = codes[code];
  const { base: Base = spec.base, cause, ...properties } = withoutPrototype(extra);
  const error = new Base(spec.message(...args), hasOwn(extra, 'cause') ? { cause } : undefined);
  captureStackTrace?.(error, maker);
  return Object.assign(error, { code }, properties);
}

/** Rejects tasks that were queued or running when their pool or their worker was destroyed. */
function threadTermination () {
  return make('ERR_ROCKPOOL_THREAD_TERMINATION', [], threadTermination);
}

/** Rejects a task without a worker file. */
function filenameNotProvided () {
  return make('ERR_ROCKPOOL_FILENAME_NOT_PROVIDED', [], filenameNotProvided);
}

/** Rejects a task that finds `maxQueue` others waiting. */
function taskQueueAtLimit () {
  return make('ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT', [], taskQueueAtLimit);
}

/** Rejects a task that could not start at once in a pool without a queue. */
function noTaskQueueAvailable () {
  return make('ERR_ROCKPOOL_NO_TASK_QUEUE_AVAILABLE', [], noTaskQueueAvailable);
}

/** Emitted by a pool whose `close()` took too long. */
function closeTimeout () {
  return make('ERR_ROCKPOOL_CLOSE_TIMEOUT', [], closeTimeout);
}

/**
 * Rejects the tasks of a worker that ended by itself.
 *
 * @param {number} exitCode
 */
function workerExited (exitCode) {
  return make('ERR_ROCKPOOL_WORKER_EXITED', [exitCode], workerExited, { exitCode });
}

/**
 * Rejects a task whose file has no function under the task's name.
 *
 * @param {string} filename
 */
function noHandler (filename) {
  return make('ERR_ROCKPOOL_NO_HANDLER', [filename], noHandler);
}

/**
 * Rejects the tasks of a file that cannot be loaded.
 *
 * @param {string} filename
 * @param {unknown} cause What loading threw first.
 */
function loadFailed (filename, cause) {
  return make('ERR_ROCKPOOL_LOAD_FAILED', [filename, cause], loadFailed, { cause });
}

/**
 * Rejects the tasks of a file that awaits an event which can no longer happen.
 *
 * @param {string} filename
 */
function loadNeverFinished (filename) {
  return make('ERR_ROCKPOOL_LOAD_NEVER_FINISHED', [filename], loadNeverFinished);
}

/**
 * Rejects the tasks of a file that is still loading after `loadTimeout`.
 *
 * @param {string | null} filename
 * @param {number} timeout in milliseconds
 */
function loadTimeout (filename, timeout) {
  return make('ERR_ROCKPOOL_LOAD_TIMEOUT', [filename, timeout], loadTimeout);
}

/**
 * Thrown by `require('rockpool')` if no addon can be loaded.
 *
 * @param {{ cause: unknown, missing?: { name: string, version: string, root: string } }} why `missing`: the package that
 *   was not found, and the folder of its sources.
 */
function addonUnavailable ({ cause, missing }) {
  const reason = missing === undefined ? describe(cause).split('\n')[0] : [
    `the package ${missing.name} is not installed. If it exists for the platform, install`,
    `${missing.name}@${missing.version}; npm leaves it out with --omit=optional, or when the lock file was made on`,
    'another platform. Otherwise build the addon from source, with Rust (https://rustup.rs):',
    `run "npx @napi-rs/cli@3 build --platform --release --output-dir lib/native" in ${missing.root}`
  ].join(' ');
  // As a property, too, for tools that repair it.
  const extra = missing === undefined ? { cause } : { cause, package: `${missing.name}@${missing.version}` };
  return make('ERR_ROCKPOOL_ADDON_UNAVAILABLE', [reason], addonUnavailable, extra);
}

/**
 * Thrown by `require('rockpool')` if the addon is of another version: the two share a memory layout.
 *
 * @param {string | undefined} path of the addon
 * @param {string | undefined} found
 * @param {string} wanted
 */
function addonOfOtherVersion (path, found, wanted) {
  const reason = `${path ?? 'the addon'} is of version ${found ?? 'unknown'} and the JavaScript of version ${wanted}. ` +
    'Reinstall both, or delete that file if it was built here';
  return make('ERR_ROCKPOOL_ADDON_UNAVAILABLE', [reason], addonOfOtherVersion);
}

/**
 * Thrown by the constructor if a bundle lacks the file that Workers start with.
 *
 * @param {string} path its expected place
 */
function entryMissing (path) {
  return make('ERR_ROCKPOOL_ENTRY_MISSING', [path], entryMissing, { path });
}

/**
 * A TypeError about an option of the constructor. The message does not contain the received value, since callers compare
 * messages whole; it is in a property, which Node prints beside the message.
 *
 * @param {string} option
 * @param {string} message
 * @param {unknown} value What was received.
 * @param {{ cause?: unknown }} [extra]
 */
function invalidOption (option, message, value, extra) {
  return make('ERR_ROCKPOOL_INVALID_OPTION', [message], invalidOption, { ...extra, option, received: show(value) });
}

/**
 * A RangeError about options that are valid alone and conflict with each other.
 *
 * @param {string[]} options
 * @param {string} message
 * @param {unknown[]} values What was received, in the order of `options`.
 */
function conflictingOptions (options, message, values) {
  return make('ERR_ROCKPOOL_INVALID_OPTION', [message], conflictingOptions, {
    base: RangeError,
    option: options.join(', '),
    received: values.map(show).join(', ')
  });
}

/**
 * A TypeError about an argument of a method.
 *
 * @param {string} argument
 * @param {string} message
 * @param {unknown} value What was received.
 * @param {{ cause?: unknown }} [extra]
 */
function invalidArgument (argument, message, value, extra) {
  return make('ERR_ROCKPOOL_INVALID_ARGUMENT', [message], invalidArgument, {
    ...extra,
    argument,
    received: show(value)
  });
}

/** Rejects a task that was aborted; `cause` is the signal's reason. */
class AbortError extends Error {
  #mark = true;

  /** @param {unknown} [reason] */
  constructor (reason) {
    super(codes.ABORT_ERR.message(), { cause: reason });
    /** @type {'ABORT_ERR'} */
    this.code = 'ABORT_ERR';
  }

  /**
   * Like `instanceof`, without a call into a proxy, which may throw.
   *
   * @param {unknown} value
   * @returns {boolean}
   */
  static is (value) {
    return typeof value === 'object' && value !== null && #mark in value;
  }
}

// On the prototype and not enumerable, as the built-in errors have it. Without it the name would be 'Error'.
define(AbortError.prototype, 'name', 'AbortError', false);

module.exports = {
  codes,
  AbortError,
  threadTermination,
  filenameNotProvided,
  taskQueueAtLimit,
  noTaskQueueAvailable,
  closeTimeout,
  workerExited,
  noHandler,
  loadFailed,
  loadNeverFinished,
  loadTimeout,
  addonUnavailable,
  addonOfOtherVersion,
  entryMissing,
  invalidOption,
  conflictingOptions,
  invalidArgument,
  show
};
