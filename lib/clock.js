'use strict';

/**
 * Clock and timers as they were when this module was loaded: a test that puts fake ones in their place must not bring
 * a pool to a standstill.
 */
const { performance } = require('node:perf_hooks');
const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = require('node:timers');
const { queueMicrotask } = globalThis;

module.exports = { clearInterval, clearTimeout, performance, queueMicrotask, setImmediate, setInterval, setTimeout };
