'use strict';

/**
 * Clock and timers as they were when this module was loaded: a test that puts fake ones in their place must not bring
 * a pool to a standstill.
 */
const { performance } = require('node:perf_hooks');
const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = require('node:timers');

const settled = Promise.resolve();

/**
 * `queueMicrotask()` made of a promise, since no module of Node's exports it: the global one may be a fake already. What
 * the callback throws is an uncaught exception all the same.
 *
 * @param {() => void} callback
 */
function queueMicrotask (callback) {
  settled.then(callback).catch((error) => { setImmediate(() => { throw error; }); });
}

module.exports = { clearInterval, clearTimeout, performance, queueMicrotask, setImmediate, setInterval, setTimeout };
