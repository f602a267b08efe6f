'use strict';

const { AsyncResource } = require('node:async_hooks');
const native = require('../binding');
const { AbortError, checkSignal, isAborted, reasonOf, watch } = require('../abort');
const { invalidArgument } = require('../errors');
const { fromNative, kernelError } = require('./errors');
const { inspectBytes } = require('./lend');

/**
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {import('./lend').Loan} Loan
 *
 * @typedef {object} KernelOptions
 * @property {import('../abort').AbortSignalAny} [signal] Cancels the kernel between two of its steps.
 * @property {(progress: { done: number, total: number, unit: string }) => void} [onProgress]
 *   Called at most some 20 times a second.
 *
 * @typedef {object} KernelResult
 * @property {unknown} [value] The answer: bytes, a number or a BigInt. Missing where the memory says it all.
 * @property {Uint8Array} [output] What the kernel has written, where that has a size of its own.
 * @property {Bytes} buffer The memory that was given, as the same kind of view.
 */

// Places and meanings of an event's fields, as in src/binding/kernels.rs.
const kFields = 6;
const kDone = 0;
const kFailed = 1;

/** One call of a kernel that is on its way. */
class KernelCall {
  /**
   * @param {number} id
   * @param {Loan} loan
   * @param {string} unit
   */
  constructor (id, loan, unit) {
    this.id = id;
    this.loan = loan;
    this.unit = unit;
    /** Nanoseconds from the call to its first step on a thread; null before the end. @type {number | null} */
    this.waited = null;
    /** Nanoseconds from the first step to the end; null before the end. @type {number | null} */
    this.ran = null;
    /** What a cancelled call rejects with. @type {Error | null} */
    this.failure = null;
    /** @type {((progress: { done: number, total: number, unit: string }) => void) | null} */
    this.onProgress = null;
    this.unwatch = () => {};
    /** @type {Promise<KernelResult>} */
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /**
   * Stops the kernel within a few milliseconds. The promise then rejects with this error, which is given the memory
   * as `buffer`; the first reason counts. After the end of the call: nothing.
   *
   * @param {Error} error
   */
  cancel (error) {
    if (this.failure !== null || this.waited !== null) return;
    this.failure = error;
    hub().cancel(this.id);
  }

  /**
   * @param {number} kind
   * @param {any} first
   * @param {any} second
   * @param {number} waited
   * @param {number} ran
   */
  settle (kind, first, second, waited, ran) {
    this.unwatch();
    this.waited = waited;
    this.ran = ran;
    const buffer = this.loan.giveBack();
    const failure = this.failure ?? (kind === kFailed ? failed(first, second) : null);
    if (failure !== null) {
      this.reject(withBuffer(failure, buffer));
      return;
    }
    /** @type {KernelResult} */
    const result = { buffer };
    if (first !== undefined) result.value = first;
    if (second !== undefined) result.output = second;
    this.resolve(result);
  }

  /**
   * @param {number} done
   * @param {number} total
   */
  progress (done, total) {
    if (this.failure !== null) return;
    try {
      this.onProgress?.({ done, total, unit: this.unit });
    } catch (error) {
      // Whoever listens that badly has no use for the result, and the other calls must not suffer.
      this.cancel(error instanceof Error ? error : new Error('onProgress threw', { cause: error }));
    }
  }
}

/**
 * @param {string} code
 * @param {string} message
 */
function failed (code, message) {
  return code === 'ABORT_ERR' ? new AbortError() : kernelError(code, message);
}

/**
 * @param {Error} error
 * @param {Bytes} buffer
 */
function withBuffer (error, buffer) {
  return Object.assign(error, { buffer });
}

/** The kernel calls of this thread: which are on their way, and how they are told of it. */
class Hub {
  constructor () {
    /** @type {Map<number, KernelCall>} */
    this.calls = new Map();
    this.native = new native.KernelHub((/** @type {any[]} */ events) => this.deliver(events));
  }

  /** @param {any[]} events */
  deliver (events) {
    for (let at = 0; at < events.length; at += kFields) {
      const id = events[at];
      const kind = events[at + 1];
      const call = this.calls.get(id);
      if (call === undefined) continue;
      if (kind === kDone || kind === kFailed) {
        this.calls.delete(id);
        call.settle(kind, events[at + 2], events[at + 3], events[at + 4], events[at + 5]);
      } else {
        call.progress(events[at + 2], events[at + 3]);
      }
    }
  }

  /** @param {number} id */
  cancel (id) {
    this.native.cancel(id);
  }
}

/** @type {Hub | null} */
let theHub = null;

function hub () {
  theHub ??= new Hub();
  return theHub;
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
      values.push(ArrayBuffer.isView(value)
        ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
        : value);
    }
  }
  return { names, values };
}

/** @param {unknown} options */
function checkOptions (options) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') throw invalidArgument('options', 'options must be an object', options);
  const { signal, onProgress } = /** @type {KernelOptions} */ (options);
  if (signal !== undefined && signal !== null) checkSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgument('onProgress', 'onProgress must be a function', onProgress);
  }
  return { signal: signal ?? undefined, onProgress };
}

/**
 * Starts a kernel. Throws what is wrong with the call before the bytes are touched; whatever goes wrong later rejects
 * the promise of the call, and has the memory as `buffer`.
 *
 * @param {string} name
 * @param {Bytes} bytes
 * @param {object} [parameters]
 * @param {KernelOptions} [options]
 * @returns {KernelCall}
 */
function launchKernel (name, bytes, parameters, options) {
  if (typeof name !== 'string') throw invalidArgument('name', 'the kernel\'s name must be a string', name);
  const { signal, onProgress } = checkOptions(options);
  const { names, values } = listParameters(parameters);
  const source = inspectBytes(bytes);
  const { native: nativeHub, calls } = hub();
  let unit;
  try {
    unit = nativeHub.plan(name, names, values, source.byteLength);
  } catch (error) {
    throw fromNative(error);
  }
  if (signal !== undefined && isAborted(signal)) throw withBuffer(new AbortError(reasonOf(signal)), bytes);

  const loan = source.take();
  let id;
  try {
    id = nativeHub.start(loan.bytes, onProgress !== undefined);
  } catch (error) {
    throw withBuffer(fromNative(error), loan.giveBack());
  }
  const call = new KernelCall(id, loan, unit);
  calls.set(id, call);
  if (onProgress !== undefined) call.onProgress = AsyncResource.bind(onProgress);
  if (signal !== undefined) call.unwatch = watch(signal, (abort) => call.cancel(abort.error()));
  return call;
}

/**
 * The same for those who only want the result: every error is a rejection.
 *
 * @param {string} name
 * @param {Bytes} bytes
 * @param {object} [parameters]
 * @param {KernelOptions} [options]
 * @returns {Promise<KernelResult>}
 */
function startKernel (name, bytes, parameters, options) {
  try {
    return launchKernel(name, bytes, parameters, options).promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

module.exports = { KernelCall, launchKernel, startKernel };
