'use strict';

// The one place that loads the addon.

const { location } = require('./binding-location');

/** @returns {typeof import('./native/index.js')} */
function find () {
  const binding = require('./native/index.js');
  // The generated loader knows all platforms, and does not say which file it took.
  location.path = Object.keys(require.cache).find((path) => path.endsWith('.node') &&
    require.cache[path]?.exports.NativePool === binding.NativePool) ?? null;
  return binding;
}

module.exports = location.path === null ? find() : /** @type {ReturnType<typeof find>} */ (require(location.path));
