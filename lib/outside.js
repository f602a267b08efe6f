'use strict';

// The files that must not be bundled: the start file of Workers, the addon, packages. Tools that bundle an application, or
// collect its files, must see their paths. So all paths are in this small file, in syntax that all of these tools
// understand; one of them skips a file with newer syntax. The file stays separate in the package (ci/release/bundle.js).

/* global __webpack_require__, __non_webpack_require__ */

const { dirname, join } = require('node:path');

/**
 * Node's own `require`, for paths that are known only at run time. webpack would replace such a call by a function that
 * finds nothing, with a warning.
 *
 * @type {NodeJS.Require}
 */
const nodeRequire = typeof __webpack_require__ === 'function' ? __non_webpack_require__ : require;

/**
 * The addon of a platform's package.
 *
 * The names stand here in full, and in a `try`: esbuild and @vercel/ncc take the addon that is installed and pass over the
 * others. webpack would warn of each of these, so it is told that Node will look for them.
 *
 * @param {string} target as napi-rs names it
 * @returns {{ addon?: any, error?: unknown }}
 */
function loadPlatformPackage (target) {
  try {
    if (typeof __webpack_require__ === 'function') return { addon: nodeRequire(`rockpool-${target}`) };
    switch (target) {
      case 'linux-x64-gnu': return { addon: require('rockpool-linux-x64-gnu') };
      case 'linux-x64-musl': return { addon: require('rockpool-linux-x64-musl') };
      case 'linux-arm64-gnu': return { addon: require('rockpool-linux-arm64-gnu') };
      case 'linux-arm64-musl': return { addon: require('rockpool-linux-arm64-musl') };
      case 'darwin-x64': return { addon: require('rockpool-darwin-x64') };
      case 'darwin-arm64': return { addon: require('rockpool-darwin-arm64') };
      case 'win32-x64-msvc': return { addon: require('rockpool-win32-x64-msvc') };
    }
    throw Object.assign(new Error(`Unsupported OS: ${target}`), { code: 'MODULE_NOT_FOUND' });
  } catch (error) {
    return { error };
  }
}

module.exports = {
  /** Where the package lies. */
  root: dirname(__dirname),
  /** Where addons lie that were built here; and where @vercel/ncc puts one, or whoever bundles by hand: beside the bundle. */
  native: [join(__dirname, 'native'), __dirname],
  /** What every Worker starts with. */
  entry: join(__dirname, 'worker', 'entry.js'),
  loadPlatformPackage,
  nodeRequire
};
