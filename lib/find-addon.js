'use strict';

// Finds the addon of this platform and of this version, or says what keeps it from loading. On the main thread alone.

const { createRequire } = require('node:module');
const { dirname } = require('node:path');

const { version } = require('../package.json');
const { addonOfOtherVersion, addonUnavailable } = require('./errors');
const { process } = require('./host');
const { threadState } = require('./thread-state');

/** @typedef {typeof import('./native/index.js')} Addon */

/**
 * The addons that this thread has loaded, by path; those of others, too.
 *
 * @returns {[path: string, addon: any][]}
 */
function loadedAddons () {
  // Of a module that a hook has given the source of, `require` has no cache.
  return Object.entries(require.cache ?? createRequire(__filename).cache)
    .filter(([path]) => path.endsWith('.node'))
    .map(([path, module]) => [path, module?.exports]);
}

/**
 * The version of our addon; undefined for one that cannot tell, or that is not ours: no other has a class of this name.
 *
 * @param {any} addon
 * @returns {string | undefined}
 */
function versionOf (addon) {
  return typeof addon?.NativePool === 'function' ? addon.version?.() : undefined;
}

/** @returns {Addon} */
function load () {
  try {
    return require('./native/index.js');
  } catch (error) {
    throw describeFailure(error);
  }
}

/**
 * The generated loader blames npm, whatever the reason. It keeps the messages of all that it has tried, one the cause of
 * the next: the innermost is the first, that of the file beside it.
 *
 * @param {any} error
 */
function describeFailure (error) {
  /** @type {Error[]} */
  const tried = [];
  for (let cause = error?.cause; cause != null; cause = cause.cause) tried.unshift(cause);
  // What is there and cannot be loaded says more than what is not there.
  const broken = tried.find(({ message }) => !/^(Cannot find module|Unsupported) /.test(message));
  if (broken !== undefined) return addonUnavailable({ cause: broken });
  // The last is the package of this very platform; before it there may be one for several, after it one for WebAssembly.
  const name = tried
    .flatMap(({ message }) => message.split('\n')[0].match(/rockpool-(?!wasm)[\w-]+/g) ?? [])
    .at(-1) ?? `rockpool-${process.platform}-${process.arch}`;
  return addonUnavailable({ cause: tried[0] ?? error, missing: { name, version, root: dirname(__dirname) } });
}

/**
 * The addon. Its path goes to the thread's state, from where workers are told.
 *
 * @returns {Addon}
 */
function findAddon () {
  // Another copy of the same version may have loaded it: then the kernels of both share their threads.
  let found = loadedAddons().find(([, addon]) => versionOf(addon) === version);
  if (found === undefined) {
    const addon = load();
    // The generated loader does not say which file it took.
    found = loadedAddons().find(([, exports]) => exports === addon);
    if (versionOf(addon) !== version) throw addonOfOtherVersion(found?.[0], versionOf(addon), version);
    if (found === undefined) return addon;
  }
  threadState.addon = found[0];
  return found[1];
}

module.exports = { findAddon };
