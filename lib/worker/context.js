'use strict';

const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('node:async_hooks');

const { outside } = require('../host');

/**
 * Keeps what a handler enters by `enterWith()` of an AsyncLocalStorage from the handlers after it. Node has two ways to
 * keep such a context. Node 22 and before remember it in resources, and a lane passes it on from one `await` to the next:
 * so once a lane has waited for something, or such resources have come into use, the lane goes on in a context of its
 * own. That costs nothing as long as nobody uses an AsyncLocalStorage. Later ones remember it beside the stack, where it
 * can be put back after a call.
 */
const keepsInResources = '_enable' in AsyncLocalStorage.prototype;

const make = () => new AsyncResource('rockpool.Lane', { requireManualDestroy: true });

/** @param {() => void} callback */
function inNewContext (callback) {
  if (keepsInResources) outside(make).runInAsyncScope(callback);
  else callback();
}

/** @type {(context: number) => boolean} Whether `currentContext()` is another now, or may be. */
const hasLeft = keepsInResources ? (context) => executionAsyncId() !== context : () => false;

/** @type {(handler: Function, value: unknown) => any} */
const invoke = keepsInResources ? (handler, value) => handler(value) : /** @type {any} */ (outside);

module.exports = { currentContext: executionAsyncId, hasLeft, inNewContext, invoke };
