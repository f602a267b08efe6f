'use strict';

/**
 * What test environments, polyfills and tools do to the globals of a thread, for good. The driver has taken what it needs
 * itself before.
 */

/**
 * @param {object} object
 * @param {string} key
 * @param {unknown} value
 */
function put (object, key, value) {
  Object.defineProperty(object, key, /** @type {any} */ ({ __proto__: null, value, writable: true, configurable: true }));
}

const never = () => ({ ref () {}, unref () {} });
const remove = (/** @type {string[]} */ ...names) => () => { for (const name of names) Reflect.deleteProperty(globalThis, name); };

/** @type {(() => void)[]} */
const replacements = [
  () => put(globalThis, 'structuredClone', (/** @type {unknown} */ value) => JSON.parse(JSON.stringify(value) ?? 'null')),
  remove('structuredClone', 'DOMException'),
  remove('MessageChannel', 'MessagePort', 'EventTarget', 'AbortSignal', 'TextEncoder', 'performance'),
  () => { for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) put(globalThis, name, never); },
  () => { for (const name of ['cancelled', 'forgotten', 'announced', 'unreadable']) put(Object.prototype, name, true); }
];

module.exports = { replacements };
