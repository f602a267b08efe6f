'use strict';

/* global __webpack_require__ */

const nodeRequire = require('./node-require');

/**
 * The addon of a platform's package.
 *
 * The names stand here in full, and in a `try`, for tools that follow what is required: esbuild takes the addon that is
 * installed and passes over the others. webpack would warn of each of these; so it gets other names, see below.
 *
 * @param {string} target as napi-rs names it
 * @returns {{ addon?: any, error?: unknown }}
 */
function loadPlatformPackage (target) {
  try {
    if (typeof __webpack_require__ === 'function') return { addon: requireFromBundle(target) };
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

/**
 * The same for webpack. It does not know what platform it is for, hence looks for nothing and is silent; @vercel/ncc,
 * which is made of it, does know and takes the addon that is installed. What is in no bundle is where Node finds it.
 *
 * @param {string} target
 */
function requireFromBundle (target) {
  // The global and no other name for it: tools know what `process.platform` is.
  /* eslint-disable no-restricted-globals */
  try {
    if (target.endsWith('-gnu')) return require(`rockpool-${process.platform}-${process.arch}-gnu`);
    if (target.endsWith('-musl')) return require(`rockpool-${process.platform}-${process.arch}-musl`);
    if (target.endsWith('-msvc')) return require(`rockpool-${process.platform}-${process.arch}-msvc`);
    return require(`rockpool-${process.platform}-${process.arch}`);
  /* eslint-enable no-restricted-globals */
  } catch {
    return nodeRequire(`rockpool-${target}`);
  }
}

module.exports = { loadPlatformPackage };
