'use strict';

// The one place that has the addon. Where a worker was told its path, it saves the search.

const { threadState } = require('./thread-state');

/** @type {typeof import('./native/index.js')} */
module.exports = threadState.addon === null
  ? require('./find-addon').findAddon()
  : require('./outside').nodeRequire(threadState.addon);
