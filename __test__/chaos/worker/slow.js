'use strict';

// Loads for a while, as files with many imports do.

Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);

module.exports = require('./handler');
