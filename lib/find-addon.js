'use strict';

// Finds the addon of this platform and of this version, or says what keeps it from loading. On the main thread alone.

const fs = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const { version } = require('../package.json');
const { addonOfOtherVersion, addonUnavailable } = require('./errors');
const { Buffer, process } = require('./host');
const { loadPlatformPackage, native, nodeRequire, root } = require('./outside');
const { threadState } = require('./thread-state');

/** @typedef {typeof import('./native/index.js')} Addon */

/** Where the head of a program names the dynamic linker that it is started with, and so its C library. */
const HEAD = 4096;

/**
 * The addons that this thread has loaded, by path; those of others, too.
 *
 * @returns {[path: string, addon: any][]}
 */
function loadedAddons () {
  // Of a module that a hook has given the source of, `require` has no cache.
  const cache = nodeRequire.cache ?? createRequire(__filename).cache;
  return Object.keys(cache).filter((path) => path.endsWith('.node')).map((path) => [path, cache[path]?.exports]);
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

/**
 * The names that napi-rs gives an addon for this platform: several where only loading it tells which is the one.
 *
 * @returns {string[]}
 */
function targets () {
  const { platform, arch } = process;
  const name = `${platform}-${arch}`;
  if (platform === 'win32') return [`${name}-msvc`];
  if (platform !== 'linux') return [name];
  const suffix = arch === 'arm' ? 'eabihf' : '';
  return libraries().map((library) => `${name}-${library}${suffix}`);
}

/**
 * @returns {string[]} the possible C libraries, the more likely one first
 */
function libraries () {
  const head = Buffer.alloc(HEAD);
  try {
    const file = fs.openSync(process.execPath, 'r');
    fs.readSync(file, head, 0, HEAD, 0);
    fs.closeSync(file);
  } catch {
    // Under the permission model, for example: then both are tried.
  }
  if (head.includes('/ld-musl-')) return ['musl'];
  return head.includes('/ld-linux') ? ['gnu'] : ['gnu', 'musl'];
}

/**
 * One that is named by hand, one that was built here, the platform's package: the first that is there.
 *
 * @returns {any}
 */
function load () {
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (named) return tryTo(() => nodeRequire(named));
  const names = targets();
  const built = names.flatMap((name) => native.map((folder) => join(folder, `rockpool.${name}.node`)))
    .find((path) => fs.existsSync(path));
  if (built !== undefined) return tryTo(() => nodeRequire(built));
  const tried = [];
  for (const name of names) {
    const { addon, error } = loadPlatformPackage(name);
    if (error === undefined) return addon;
    tried.push(error);
  }
  // The error of an existing file says more than that of a missing one.
  const broken = tried.find((error) => Object(error).code !== 'MODULE_NOT_FOUND');
  if (broken !== undefined) throw addonUnavailable({ cause: broken });
  throw addonUnavailable({ cause: tried[0], missing: { name: `rockpool-${names[0]}`, version, root } });
}

/** @param {() => any} load */
function tryTo (load) {
  try {
    return load();
  } catch (error) {
    throw addonUnavailable({ cause: error });
  }
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
    // A package does not say which file it has.
    found = loadedAddons().find(([, exports]) => exports === addon);
    if (versionOf(addon) !== version) throw addonOfOtherVersion(found?.[0], versionOf(addon), version);
    if (found === undefined) return addon;
  }
  threadState.addon = found[0];
  return found[1];
}

module.exports = { findAddon };
