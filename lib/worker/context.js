'use strict';

const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('node:async_hooks');
const { isPromise } = require('node:util').types;

const { outside } = require('../host');

/**
 * Hides the store that a handler sets by `enterWith()` of an AsyncLocalStorage from later handlers. Node has two ways to
 * keep such a context. Node 22 and before keep it in resources, and a lane passes it on from one `await` to the next: so
 * once resources may be in use, a lane continues in a new context after each task. That costs nothing as long as no
 * AsyncLocalStorage is used. Later releases keep it beside the stack, where it can be restored after a call.
 */
const keepsInResources = '_enable' in AsyncLocalStorage.prototype;

const make = () => new AsyncResource('rockpool.Lane', { requireManualDestroy: true });

/**
 * @template T
 * @param {() => T} callback
 * @returns {T}
 */
function inNewContext (callback) {
  return keepsInResources ? outside(make).runInAsyncScope(callback) : callback();
}

/**
 * Whether a handler may enter a context after its first `await`. If it is the first of the thread to do so, it enters that
 * of the event loop; and whoever waited for it then is in the same, with an id that says nothing. Only after one more
 * `await` there is an id that tells.
 *
 * @param {unknown} result of the handler
 */
function mayEnterLater (result) {
  return keepsInResources && typeof result === 'object' && isPromise(result);
}

/** Once resources are in use, code after an `await` has its own async id, else that of the event loop's callback. */
let lastId = -1;

/** Whether, to be on the safe side, a lane that has waited is to go on in a new context. */
function mayHaveChanged () {
  if (!keepsInResources) return false;
  const id = executionAsyncId();
  if (id === lastId) return false;
  lastId = id;
  return true;
}

/** @type {(handler: Function, value: unknown) => any} */
const invoke = keepsInResources ? (handler, value) => handler(value) : /** @type {any} */ (outside);

module.exports = { inNewContext, invoke, mayEnterLater, mayHaveChanged };
