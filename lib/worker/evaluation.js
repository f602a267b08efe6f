'use strict';

const { define } = require('../host');

/**
 * @typedef {object} Watch
 * @property {boolean} hasBegun Whether a line of the file may have run.
 * @property {() => void} end
 */

/**
 * Tells whether Node begins to evaluate a CommonJS file. The stack of an error cannot tell: source maps, a limit of 0
 * and a replaced `Error.prepareStackTrace` change it.
 *
 * Node puts the module into its cache before it reads the file, and reads `module.exports` of it right before the first
 * line runs. An ES module that `require()` evaluates is not seen here. It needs not be: Node never evaluates it twice.
 *
 * @param {string} filename as in the cache
 * @param {NodeJS.Dict<NodeModule>} cache `require.cache`
 * @returns {Watch}
 */
function watchEvaluation (filename, cache) {
  const watch = { hasBegun: false, end () {} };
  if (Object.hasOwn(cache, filename)) return watch;

  let isWatched = true;
  watch.end = () => {
    if (isWatched) delete cache[filename];
    isWatched = false;
  };
  // Descriptors that inherit nothing, like those of `define`.
  Object.defineProperty(cache, filename, /** @type {any} */ ({
    __proto__: null,
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set (/** @type {any} */ module) {
      isWatched = false;
      define(cache, filename, module);
      const { exports } = module;
      Object.defineProperty(module, 'exports', /** @type {any} */ ({
        __proto__: null,
        configurable: true,
        enumerable: true,
        get () {
          watch.hasBegun = true;
          define(module, 'exports', exports);
          return exports;
        },
        set (/** @type {unknown} */ value) { define(module, 'exports', value); }
      }));
    }
  }));
  return watch;
}

module.exports = { watchEvaluation };
