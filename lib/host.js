'use strict';

/**
 * The one module that uses globals which other code may replace: test environments install fake timers, polyfills a
 * `structuredClone` made of JSON or their own `Promise`, and monitoring tools wrap any function. A pool must neither stop
 * nor change a value because of that. So all of them are captured here, once, when the package is loaded; in a Worker that
 * is before any code of the user's. Nothing else in lib/ names these globals; eslint enforces it.
 *
 * Wait for promises with `await`, which calls no replaced function. `then()` and its callers (`catch()`, `Promise.all()`,
 * a promise that an async function returns or that resolves another one) may run a replaced one.
 */

const { AsyncResource } = require('node:async_hooks');
const { Buffer, atob } = require('node:buffer');
const { performance } = require('node:perf_hooks');
const process = require('node:process');
const timers = require('node:timers');
const { URL } = require('node:url');
const { types } = require('node:util');
const { MessageChannel, MessagePort, receiveMessageOnPort } = require('node:worker_threads');

const { add, load, notify, store, wait } = Atomics;
const { captureStackTrace } = Error;
const { bind, call } = Function.prototype;
const { defineProperty, getOwnPropertyDescriptor } = Object;
/** @type {Readonly<Record<string, any>>} */
const typedArrays = Object.freeze({
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  // Not in every runtime.
  Float16Array: /** @type {any} */ (globalThis).Float16Array
});

const { SharedArrayBuffer, structuredClone: givenClone } = globalThis;
/** @type {(new () => Error) | undefined} Not in every runtime. */
const SuppressedError = /** @type {any} */ (globalThis).SuppressedError;
const givenDOMException = getOwnPropertyDescriptor(globalThis, 'DOMException');

/**
 * `uncurryThis(Map.prototype.has)(map, key)` is `map.has(key)`.
 *
 * @type {(method: Function) => (...args: any[]) => any}
 */
const uncurryThis = bind.bind(call);

/**
 * Gives an object a property. The descriptor inherits nothing: an `Object.prototype` with a `get` would make it invalid.
 *
 * @param {object} object
 * @param {PropertyKey} key
 * @param {unknown} value
 * @param {boolean} [enumerable]
 */
function define (object, key, value, enumerable = true) {
  defineProperty(object, key, /** @type {any} */ ({ __proto__: null, value, writable: true, enumerable, configurable: true }));
}

/** The asynchronous context of the package: that in which it was loaded. */
const root = new AsyncResource('rockpool', { requireManualDestroy: true });

/**
 * Calls a function outside of the caller's asynchronous context. Timers, Workers and ports that it starts may live long,
 * and would keep the caller's stores of AsyncLocalStorage alive; functions that it calls would see them.
 *
 * @template {(...args: any[]) => any} F
 * @param {F} callback
 * @param {Parameters<F>} args
 * @returns {ReturnType<F>}
 */
function outside (callback, ...args) {
  return root.runInAsyncScope(callback, undefined, ...args);
}

const { clearInterval, clearTimeout } = timers;
const setImmediate = toOutside(timers.setImmediate);
/**
 * In the caller's asynchronous context, which the callback has to leave. Node does not survive it if V8 ends a script
 * (`vm` with a timeout) while it is outside.
 */
const setImmediateHere = timers.setImmediate;
const setInterval = toOutside(timers.setInterval);
const setTimeout = toOutside(timers.setTimeout);

/**
 * @template {(...args: any[]) => any} F
 * @param {F} callback
 * @returns {F} the same, called outside of the caller's asynchronous context
 */
function toOutside (callback) {
  return /** @type {any} */ ((/** @type {Parameters<F>} */ ...args) => outside(callback, ...args));
}

/**
 * A copy of the own properties without a prototype: a missing property is never read from a polluted prototype.
 *
 * @param {object | null | undefined} source
 * @returns {Record<string, any>}
 */
function withoutPrototype (source) {
  return Object.assign(Object.create(null), source);
}

/**
 * The engine's own, whatever the global is by now: that of async functions.
 *
 * @type {PromiseConstructor}
 */
const Promise = /** @type {any} */ ((async () => {})().constructor);

/**
 * Errors of the callback are uncaught exceptions. Made with `await`, since no module of Node exports the original.
 *
 * @param {() => void} callback
 */
async function queueMicrotask (callback) {
  await undefined;
  try {
    callback();
  } catch (error) {
    setImmediate(() => { throw error; });
  }
}

/**
 * `promise.then(resolve, reject)` without asking for its `then`.
 *
 * @template T
 * @param {PromiseLike<T>} promise
 * @param {(value: T) => void} resolve
 * @param {(reason: any) => void} reject
 */
async function follow (promise, resolve, reject) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    reject(error);
    return;
  }
  resolve(value);
}

/** @type {(port: import('node:worker_threads').MessagePort, value: unknown, transferList?: readonly any[]) => void} */
const postMessage = uncurryThis(MessagePort.prototype.postMessage);

/**
 * Whether a function clones as the runtime does. Those made of JSON lose a RegExp, those made with more care leave the
 * memory where it is.
 *
 * @param {unknown} clone
 * @returns {clone is typeof structuredClone}
 */
function isCloning (clone) {
  if (typeof clone !== 'function') return false;
  try {
    const memory = new ArrayBuffer(1);
    return types.isRegExp(clone(/./, { transfer: [memory] })) && memory.byteLength === 0;
  } catch {
    return false;
  }
}

/** @returns {typeof structuredClone} by the way that every value takes to another thread */
function makeClone () {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  port2.unref();
  return (value, options) => {
    postMessage(port1, value, options?.transfer ?? []);
    return /** @type {{ message: any }} */ (receiveMessageOnPort(port2)).message;
  };
}

/** @type {typeof structuredClone | undefined} */
let realClone;

/**
 * The global function where that is the runtime's: it may be missing, or another one already. That is found out when it
 * is first needed, which for most threads is never.
 *
 * @template T
 * @param {T} value
 * @param {{ transfer?: readonly any[] }} [options]
 * @returns {T}
 */
function structuredClone (value, options) {
  realClone ??= isCloning(givenClone) ? givenClone : outside(makeClone);
  return realClone(value, /** @type {any} */ (options));
}

/**
 * The class that `structuredClone()` and other functions of the web throw. Node loads it when it is first read, and it may
 * be missing; every runtime has an error that is one.
 *
 * @returns {typeof globalThis.DOMException}
 */
function findDOMException () {
  const given = givenDOMException?.get?.call(globalThis) ?? givenDOMException?.value;
  if (typeof given === 'function') return given;
  try {
    return /** @type {any} */ (atob('*'));
  } catch (error) {
    return /** @type {any} */ (error).constructor;
  }
}

module.exports = {
  Atomics: { add, load, notify, store, wait },
  Buffer,
  get DOMException () { return findDOMException(); },
  MessageChannel,
  /** A copy, since the methods of the original are replaced as well. */
  performance: { now: /** @type {() => number} */ (performance.now.bind(performance)) },
  Promise,
  SharedArrayBuffer,
  SuppressedError,
  URL,
  captureStackTrace,
  clearInterval,
  clearTimeout,
  define,
  follow,
  outside,
  postMessage,
  process,
  queueMicrotask,
  receiveMessageOnPort,
  setImmediate,
  setImmediateHere,
  setInterval,
  setTimeout,
  structuredClone,
  typedArrays,
  uncurryThis,
  withoutPrototype
};
