'use strict';

// The one place that loads the addon.

const { threadState } = require('./thread-state');

/** @returns {typeof import('./native/index.js')} */
function load () {
  try {
    return require('./native/index.js');
  } catch (error) {
    // The generated loader blames npm, whatever the reason. It keeps the errors of all that it has tried, one the cause
    // of the next: the innermost is that of the file beside it.
    let first = /** @type {any} */ (error);
    while (first?.cause != null) first = first.cause;
    // Loaded for this only: a worker starts without it.
    throw require('./errors').addonUnavailable(first);
  }
}

/** @returns {typeof import('./native/index.js')} */
function find () {
  const binding = load();
  // The generated loader knows all platforms, and does not say which file it took.
  threadState.addon = Object.keys(require.cache).find((path) => path.endsWith('.node') &&
    require.cache[path]?.exports?.NativePool === binding.NativePool) ?? null;
  return binding;
}

module.exports = threadState.addon === null ? find() : /** @type {ReturnType<typeof find>} */ (require(threadState.addon));
