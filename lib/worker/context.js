'use strict';

const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('node:async_hooks');

const { outside } = require('../host');

/**
 * Keeps what a handler enters by `enterWith()` of an AsyncLocalStorage from the handlers after it. Node has two ways to
 * keep such a context. Node 22 and before remember it in resources, and a lane passes it on from one `await` to the next:
 * so where resources may have come into use, a lane goes on in a new context after each task. That costs nothing as long
 * as nobody uses an AsyncLocalStorage. Later ones remember it beside the stack, where it can be put back after a call.
 */
const keepsInResources = '_enable' in AsyncLocalStorage.prototype;

const make = () => new AsyncResource('rockpool.Lane', { requireManualDestroy: true });

/** @param {() => void} callback */
function inNewContext (callback) {
  if (keepsInResources) outside(make).runInAsyncScope(callback);
  else callback();
}

/** What runs after an `await` has an id of its own once resources are in use, else that of what the event loop runs. */
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

module.exports = { inNewContext, invoke, mayHaveChanged };
