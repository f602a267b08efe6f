'use strict';

const { AbortError, invalidArgument } = require('./errors');
const { throwLater } = require('./throw-later');

/**
 * What `run()` takes as a signal: an AbortSignal, any other EventTarget, or an EventEmitter, that emits 'abort'.
 *
 * @typedef {{
 *   addEventListener: (name: 'abort', listener: () => void, options?: { once: boolean }) => void,
 *   removeEventListener: (name: 'abort', listener: () => void) => void,
 *   aborted?: boolean,
 *   reason?: unknown
 * }} AbortSignalEventTarget
 * @typedef {{
 *   once: (name: 'abort', listener: () => void) => void,
 *   off?: (name: 'abort', listener: () => void) => void,
 *   removeListener?: (name: 'abort', listener: () => void) => void
 * }} AbortSignalEventEmitter
 * @typedef {AbortSignalEventTarget | AbortSignalEventEmitter} AbortSignalAny
 */

/**
 * @param {any} signal
 * @returns {signal is AbortSignalEventTarget}
 */
function isEventTarget (signal) {
  return typeof signal.addEventListener === 'function';
}

/**
 * Throws unless one can listen for 'abort' on the value.
 *
 * @param {unknown} signal
 * @returns {asserts signal is AbortSignalAny}
 */
function checkSignal (signal) {
  if (typeof signal !== 'object' || signal === null) {
    throw invalidArgument('signal', 'signal argument must be an object', signal);
  }
  if (!isEventTarget(signal) && typeof (/** @type {any} */ (signal)).once !== 'function') {
    throw invalidArgument('signal',
      'signal argument must be an AbortSignal, an EventTarget or an EventEmitter', signal);
  }
}

/**
 * @param {AbortSignalAny} signal
 * @returns {boolean} Whether the signal was aborted before; never for an emitter, which keeps no such state.
 */
function isAborted (signal) {
  return Boolean((/** @type {AbortSignalEventTarget} */ (signal)).aborted);
}

/**
 * @param {AbortSignalAny} signal
 * @returns {unknown} Why the signal was aborted, where it says so; what it throws instead is a reason, too.
 */
function reasonOf (signal) {
  try {
    return (/** @type {AbortSignalEventTarget} */ (signal)).reason;
  } catch (error) {
    return error;
  }
}

/**
 * All who wait for one signal, behind one listener: a signal shared by thousands of tasks costs one listener (and no
 * MaxListenersExceededWarning), and to stop waiting costs the same however many others wait.
 */
class Watch {
  /** @param {AbortSignalAny} signal */
  constructor (signal) {
    this.signal = signal;
    /** @type {Set<{ callback: (abort: Abort) => void }>} */
    this.waiters = new Set();
    this.listener = () => this.fire();
  }

  listen () {
    const { signal, listener } = this;
    if (isEventTarget(signal)) {
      signal.addEventListener('abort', listener, { once: true });
    } else {
      signal.once('abort', listener);
    }
  }

  unlisten () {
    const { listener } = this;
    const signal = /** @type {any} */ (this.signal);
    try {
      // piscina asks for `removeListener`, its types for `off`: either will do, and a bare emitter has neither.
      const remove = isEventTarget(signal) ? signal.removeEventListener : signal.off ?? signal.removeListener;
      remove?.call(signal, 'abort', listener);
    } catch (error) {
      // The task whose outcome this comes with must still be settled.
      throwLater(error);
    }
  }

  fire () {
    // Forgotten first: whoever watches the same signal from a callback begins a new round with a listener of its own.
    watches.delete(this.signal);
    const { waiters } = this;
    this.waiters = new Set();
    const abort = new Abort(this.signal);
    for (const waiter of waiters) {
      try {
        waiter.callback(abort);
      } catch (error) {
        // The others of the same signal come after it.
        throwLater(error);
      }
    }
  }
}

/**
 * One abort of a signal, which may concern many tasks: each rejects with an error of its own, but all come from the same
 * place. To find that out costs ten times what the rest of an abort costs, so it is done once.
 */
class Abort {
  /** @param {AbortSignalAny} signal */
  constructor (signal) {
    this.signal = signal;
    /** @type {string | undefined} */
    this.stack = undefined;
    this.count = 0;
  }

  /** @returns {AbortError} */
  error () {
    const reason = reasonOf(this.signal);
    this.count++;
    if (this.count === 1) {
      this.first = new AbortError(reason);
      return this.first;
    }
    this.stack ??= this.first?.stack;
    const limit = Error.stackTraceLimit;
    // Not writable under --frozen-intrinsics: then every error finds out for itself.
    Reflect.set(Error, 'stackTraceLimit', 0);
    const error = new AbortError(reason);
    Reflect.set(Error, 'stackTraceLimit', limit);
    error.stack = this.stack;
    return error;
  }
}

/** @type {WeakMap<AbortSignalAny, Watch>} */
const watches = new WeakMap();

/**
 * Calls back once, when the signal is aborted. The listener is gone from the signal as soon as nobody waits any more.
 * Throws what the signal throws when it is asked to take a listener.
 *
 * @param {AbortSignalAny} signal
 * @param {(abort: Abort) => void} callback
 * @returns {() => void} Stops waiting; harmless when called again or after the abort.
 */
function watch (signal, callback) {
  const known = watches.get(signal);
  const entry = known ?? new Watch(signal);
  // An object of its own for each call, so that one function may wait twice.
  const waiter = { callback };
  const { waiters } = entry;
  waiters.add(waiter);
  if (known === undefined) {
    watches.set(signal, entry);
    try {
      entry.listen();
    } catch (error) {
      watches.delete(signal);
      throw error;
    }
  }

  return () => {
    if (waiters.delete(waiter) && waiters.size === 0 && entry.waiters === waiters) {
      watches.delete(signal);
      entry.unlisten();
    }
  };
}

module.exports = { Abort, AbortError, checkSignal, isAborted, reasonOf, watch };
