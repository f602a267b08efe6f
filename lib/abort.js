'use strict';

const { AbortError, invalidArgument } = require('./errors');
const { captureStackTrace, performance, setImmediate } = require('./host');
const { throwLater } = require('./throw-later');
const { UnderWay } = require('./under-way');

/** Milliseconds that an abort may take of one turn of the event loop. Timers and sockets of the user's come next. */
const SLICE = 2;

/** The clock is looked at after so many waiters. */
const LOOK_EVERY = 32;

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

/** @type {{ once: boolean }} Nothing else is read from it, such as the `signal` of an `Object.prototype` that has one. */
const once = /** @type {any} */ ({ __proto__: null, once: true });

/**
 * All who wait for one signal, behind one listener: a signal shared by thousands of tasks costs one listener (and no
 * MaxListenersExceededWarning), and to stop waiting costs the same however many others wait. They are a list through
 * the waiters themselves, since most signals have a single one: that needs no set.
 */
class Watch {
  /** @param {AbortSignalAny} signal */
  constructor (signal) {
    this.signal = signal;
    /** @type {Waiter | null} */
    this.first = null;
    /** @type {Waiter | null} */
    this.last = null;
    this.fired = false;
    /** @type {Abort | null} What those who wait are told of. */
    this.abort = null;
    /** Whether those who wait are withdrawn, and have only to be told. */
    this.withdrawn = false;
    // Bound, so that it is no frame of its own: an error shows ten, and who aborted shall be among them.
    this.listener = this.fire.bind(this);
  }

  listen () {
    const { signal, listener } = this;
    if (isEventTarget(signal)) {
      signal.addEventListener('abort', listener, once);
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

  /** @param {Waiter} waiter */
  add (waiter) {
    waiter.previous = this.last;
    if (this.last === null) this.first = waiter;
    else this.last.next = waiter;
    this.last = waiter;
  }

  /** @param {Waiter} waiter */
  remove (waiter) {
    const { previous, next } = waiter;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    if (this.first === null && !this.fired) {
      watches.delete(this.signal);
      this.unlisten();
    }
  }

  fire () {
    // An emitter that cannot be unlistened to tells those, too, for whom nobody waits any more.
    if (this.first === null) return;
    // A script that aborts may be ended in the midst of it: then the rest comes from an empty stack.
    firing.begin(this);
    firing.plan();
    this.tell();
    firing.end(this);
  }

  /**
   * Tells those who wait, as many as there is time for. The others are withdrawn at once, so that none of them starts any
   * more; they are told in the next turns of the event loop.
   */
  tell () {
    // Forgotten first: whoever watches the same signal meanwhile begins a new round with a listener of its own.
    this.fired = true;
    watches.delete(this.signal);
    this.abort ??= new Abort(this.signal);
    let until = Infinity;
    for (let { first } = this, told = 1; first !== null; { first } = this, told++) {
      this.tellOne(first, this.abort);
      if (told % LOOK_EVERY !== 0) continue;
      // Most signals have one task, and never come here.
      if (told === LOOK_EVERY) until = performance.now() + SLICE;
      if (performance.now() < until) continue;
      this.withdraw(this.abort);
      setImmediate(() => this.tell());
      return;
    }
  }

  /**
   * @param {Waiter} waiter
   * @param {Abort} abort
   */
  tellOne (waiter, abort) {
    try {
      waiter.owner.abort(waiter.item, abort);
    } catch (error) {
      // The others of the same signal come after it.
      throwLater(error);
    }
    // Not before: one that was not told in full is told again.
    waiter.stop();
  }

  /** @param {Abort} abort */
  withdraw (abort) {
    if (this.withdrawn) return;
    for (let waiter = this.first; waiter !== null;) {
      const { next } = waiter;
      try {
        if (!waiter.owner.withdraw(waiter.item, abort)) this.tellOne(waiter, abort);
      } catch (error) {
        // It is told in its turn.
        throwLater(error);
      }
      waiter = next;
    }
    this.withdrawn = true;
  }
}

/** @type {UnderWay<Watch>} The aborts that are under way. */
const firing = new UnderWay((cut) => {
  for (const watch of cut) watch.tell();
});

/**
 * Is told of aborts.
 *
 * @template T
 * @typedef {object} Owner
 * @property {(item: T, abort: Abort) => void} abort
 * @property {(item: T, abort: Abort) => boolean} withdraw Does of that what cannot wait for a later turn of the event
 *   loop, and returns whether the rest can.
 */

/** An item that waits for a signal. */
class Waiter {
  /**
   * @param {Watch} watch
   * @param {Owner<any>} owner
   * @param {unknown} item
   */
  constructor (watch, owner, item) {
    this.owner = owner;
    this.item = item;
    /** @type {Watch | null} null once it waits no more. */
    this.watch = watch;
    /** @type {Waiter | null} */
    this.previous = null;
    /** @type {Waiter | null} */
    this.next = null;
  }

  /** Waits no more; harmless when called again or after the abort. */
  stop () {
    const { watch } = this;
    this.watch = null;
    watch?.remove(this);
  }
}

/**
 * One abort of a signal, which may concern many tasks: each rejects with an error of its own, but all come from the same
 * place. To find out which costs ten times what the rest of an abort costs. So it is done once at most; and not at all
 * where the reason, which is the error's `cause`, is an error that tells it already.
 */
class Abort {
  /** @param {AbortSignalAny} signal */
  constructor (signal) {
    this.signal = signal;
    /** @type {string | undefined} */
    this.stack = undefined;
  }

  /** @returns {AbortError} */
  error () {
    const reason = reasonOf(this.signal);
    if (isError(reason)) return withoutStack(reason);
    if (this.stack === undefined) {
      const error = new AbortError(reason);
      this.stack = stackOf(error);
      return error;
    }
    const error = withoutStack(reason);
    error.stack = this.stack;
    return error;
  }
}

/**
 * @param {unknown} reason
 * @returns {reason is Error}
 */
function isError (reason) {
  try {
    return reason instanceof Error;
  } catch {
    // A trap of a proxy.
    return false;
  }
}

/**
 * Takes the frames of this package out of the stack: an error shows ten, and Node has many of its own between an abort
 * and its listener. It is made when it is first read, by `Error.prepareStackTrace` of the user's where there is one.
 *
 * @param {Error} error
 * @returns {string | undefined} '' where that throws
 */
function stackOf (error) {
  try {
    captureStackTrace?.(error, Watch.prototype.fire);
    return error.stack;
  } catch {
    return '';
  }
}

/**
 * @param {unknown} reason
 * @returns {AbortError} whose stack is its first line
 */
function withoutStack (reason) {
  let limit;
  try {
    limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
  } catch {
    // Not writable under --frozen-intrinsics: then every error finds out for itself.
    return new AbortError(reason);
  }
  try {
    return new AbortError(reason);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Holds a signal no longer than somebody waits for it, who holds it as well.
 *
 * @type {Map<AbortSignalAny, Watch>}
 */
const watches = new Map();

/**
 * Tells the owner of an item once, when the signal is aborted. Where many items wait for it, some are told of in later
 * turns of the event loop. The listener is gone from the signal as soon as nobody waits any more. Throws what the signal
 * throws when it is asked to take a listener.
 *
 * @template T
 * @param {AbortSignalAny} signal
 * @param {Owner<T>} owner
 * @param {T} item
 * @returns {Waiter} to stop waiting
 */
function watch (signal, owner, item) {
  const known = watches.get(signal);
  const entry = known ?? new Watch(signal);
  const waiter = new Waiter(entry, owner, item);
  entry.add(waiter);
  if (known === undefined) {
    watches.set(signal, entry);
    try {
      entry.listen();
    } catch (error) {
      watches.delete(signal);
      throw error;
    }
  }
  return waiter;
}

module.exports = { Abort, AbortError, Waiter, checkSignal, isAborted, isError, reasonOf, watch };
