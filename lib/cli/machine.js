'use strict';

const os = require('node:os');
const { dirname, relative } = require('node:path');

const { native, root } = require('../outside');

/** The environment variables that change what rockpool does. */
const VARIABLES = [
  'ROCKPOOL_KERNEL_THREADS', 'PISCINA_DISABLE_ATOMICS', 'PISCINA_ENABLE_ASYNC_ATOMICS',
  'NAPI_RS_NATIVE_LIBRARY_PATH', 'NODE_OPTIONS', 'UV_THREADPOOL_SIZE'
];

/** @returns {string | null} the C library of a Linux */
function libc () {
  if (process.platform !== 'linux') return null;
  const { report } = process;
  if (report === undefined) return null;
  // Without this it looks up names of the network, which may take seconds.
  /** @type {any} */ (report).excludeNetwork = true;
  const { glibcVersionRuntime } = /** @type {any} */ (report.getReport()).header;
  return glibcVersionRuntime === undefined ? 'musl, or another than glibc' : `glibc ${glibcVersionRuntime}`;
}

/**
 * How the addon was found.
 *
 * @param {string | null} path
 */
function originOf (path) {
  if (path === null) return 'it is built into the program';
  if (process.env.NAPI_RS_NATIVE_LIBRARY_PATH) return 'NAPI_RS_NATIVE_LIBRARY_PATH names it';
  if (native.includes(dirname(path))) return 'it lies in the package, built from source';
  const match = /node_modules[\\/](rockpool-[^\\/]+)[\\/]/.exec(path);
  return match === null ? `at ${relative(root, path)} from the package` : `the package ${match[1]}`;
}

/** What does not need the addon. */
function describeMachine () {
  const cpus = os.cpus();
  return {
    rockpool: { version: require('../../package.json').version, path: root },
    node: { version: process.version, v8: process.versions.v8, modules: process.versions.modules, path: process.execPath },
    platform: { name: process.platform, arch: process.arch, release: os.release(), libc: libc() },
    processor: { model: cpus[0]?.model ?? 'unknown', cores: cpus.length, available: os.availableParallelism() },
    memory: { total: os.totalmem(), limit: process.constrainedMemory?.() || null },
    environment: Object.fromEntries(VARIABLES.filter((name) => process.env[name] !== undefined)
      .map((name) => [name, process.env[name]]))
  };
}

/** The addon's description of itself. Throws if there is no addon. */
function describeAddon () {
  const binding = /** @type {any} */ (require('../binding'));
  const { threadState } = require('../thread-state');
  const { optionTable } = require('../options');
  const { kernels } = /** @type {any} */ (require('../piscina'));
  return {
    addon: { version: binding.version?.() ?? null, path: threadState.addon, origin: originOf(threadState.addon) },
    features: /** @type {string[]} */ (binding.cpuFeatures()),
    threads: {
      kernels: kernels.threads(),
      minThreads: optionTable.minThreads.fallback,
      maxThreads: optionTable.maxThreads.fallback
    }
  };
}

module.exports = { describeAddon, describeMachine };
