'use strict';

const { extname, isAbsolute, resolve } = require('node:path');
const { Promise } = require('../host');
const { untilIdle } = require('./until-idle');

// Loaded when they are needed: a worker whose file is CommonJS, and can be loaded, starts without them.
const url = () => require('node:url');
const errors = () => require('../errors');

/**
 * From a worker file's name and an export's name to the function that runs the tasks.
 *
 * A file is loaded once in a worker, whatever comes of it: a module has side effects. Hence the care below to load a
 * second time, with `import()`, only what `require()` has certainly not begun to evaluate.
 *
 * @typedef {(task: any) => any} Handler
 *
 * @typedef {object} LoadedModule What a file exports.
 * @property {any} exports `module.exports`, or the namespace of an ES module.
 * @property {boolean} viaImport Whether `import()` loaded it: then `exports` is a namespace.
 *
 * @typedef {object} WorkerFile
 * @property {LoadedModule | Promise<LoadedModule> | null} module
 * @property {Map<string, Handler>} handlers By the name of the export.
 */

/** As many as piscina remembers. Node keeps the modules themselves, so forgetting a file never loads it again. */
const kMaxHandlers = 1000;

/** Room for the frames of a few nested `require` calls, each of which costs some six of Node's own. */
const kLoadStackTraceLimit = 200;

/** Errors of `require()` that say: this is for `import()`. All come before the module is evaluated. */
const kImportInstead = new Set([
  'ERR_REQUIRE_ESM',
  'ERR_REQUIRE_ASYNC_MODULE',
  'ERR_REQUIRE_CYCLE_MODULE'
]);

/**
 * Whether `require()` is the first to try. It knows the usual extensions and those that a hook has added, a TypeScript
 * loader's for example.
 *
 * @param {string} path
 */
function isRequirable (path) {
  const extension = extname(path);
  if (extension === '.mjs' || extension === '.mts') return false;
  // Of a module that a hook has given the source of, `require` has no list.
  const { extensions } = require.extensions ? require : require('node:module').createRequire(__filename);
  return extension === '' || extension === '.cjs' || extension in extensions;
}

/** @type {Map<string, WorkerFile>} */
const files = new Map();

/**
 * Why a file could not be loaded. Kept apart and for good, since what failed half-way must not run again.
 *
 * @type {Map<string, Error>}
 */
const failures = new Map();

let handlerCount = 0;

// The last answer: nearly every pool has one handler, and two maps of strings cost more than two comparisons.
let lastFilename = '';
let lastName = '';
/** @type {Handler | undefined} */
let lastHandler;

/**
 * The function, if it has been found before. Cheap: for each task.
 *
 * @param {string} filename
 * @param {string} name
 * @returns {Handler | undefined}
 */
function cachedHandler (filename, name) {
  if (filename === lastFilename && name === lastName) return lastHandler;
  const handler = files.get(filename)?.handlers.get(name);
  if (handler !== undefined) {
    lastFilename = filename;
    lastName = name;
    lastHandler = handler;
  }
  return handler;
}

/**
 * The function that a file exports under a name; the file is loaded if need be.
 *
 * @param {string} filename A path, a `file:` URL or the name of a package.
 * @param {string} name
 * @returns {Handler | Promise<Handler>} A promise only if the module or the export is asynchronous. What is thrown, or
 *   rejected with, has the code ERR_ROCKPOOL_LOAD_FAILED, ERR_ROCKPOOL_LOAD_NEVER_FINISHED or ERR_ROCKPOOL_NO_HANDLER.
 */
function loadHandler (filename, name) {
  const cached = cachedHandler(filename, name);
  if (cached !== undefined) return cached;

  const failure = failures.get(filename);
  if (failure !== undefined) throw failure;

  const file = files.get(filename) ?? addFile(filename);
  const module = file.module ?? loadInto(file, filename);
  return module instanceof Promise
    ? findHandlerLater(file, filename, name, module)
    : findHandler(file, filename, name, module);
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @param {string} name
 * @param {Promise<LoadedModule>} loading
 */
async function findHandlerLater (file, filename, name, loading) {
  return await findHandler(file, filename, name, await loading);
}

/**
 * @param {string} filename
 * @returns {WorkerFile}
 */
function addFile (filename) {
  /** @type {WorkerFile} */
  const file = { module: null, handlers: new Map() };
  files.set(filename, file);
  return file;
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @returns {LoadedModule | Promise<LoadedModule>}
 */
function loadInto (file, filename) {
  /** @param {unknown} error @returns {never} */
  const fail = (error) => {
    files.delete(filename);
    const failure = isLoadError(error) ? error : errors().loadFailed(filename, error);
    // Nothing of a file that does not exist has run, and it may yet be written.
    if (!isNotFound(error)) failures.set(filename, failure);
    throw failure;
  };

  let module;
  try {
    module = loadModule(filename);
  } catch (error) {
    return fail(error);
  }
  if (module instanceof Promise) {
    module = finishLoading(file, filename, module, fail);
  }
  file.module = module;
  return module;
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @param {Promise<LoadedModule>} loading
 * @param {(error: unknown) => never} fail
 */
async function finishLoading (file, filename, loading, fail) {
  try {
    const loaded = await untilIdle(loading, () => errors().loadNeverFinished(filename));
    file.module = loaded;
    return loaded;
  } catch (error) {
    return fail(error);
  }
}

/** @param {unknown} error @returns {error is Error} */
function isLoadError (error) {
  return codeOf(error) === 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED';
}

/**
 * @param {string} filename
 * @returns {LoadedModule | Promise<LoadedModule>}
 */
function loadModule (filename) {
  const path = toPath(filename);
  if (!isRequirable(path)) return importOrRequire(path);

  try {
    return requireFile(path);
  } catch (error) {
    if (!isRefused(error, path)) throw error;
  }
  return importFile(path);
}

/**
 * @param {string} path
 * @returns {Promise<LoadedModule>}
 */
async function importOrRequire (path) {
  try {
    return await importFile(path);
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNKNOWN_FILE_EXTENSION' || hasBegun(error, path)) throw error;
    // `require()` takes any extension it does not know for JavaScript.
    try {
      return requireFile(path);
    } catch (second) {
      throw isRefused(second, path) ? error : second;
    }
  }
}

/**
 * An absolute path stays, a package's name is looked up from here, and everything else is relative to the working
 * directory.
 *
 * @param {string} filename
 * @returns {string}
 */
function toPath (filename) {
  const path = filename.startsWith('file:') ? url().fileURLToPath(filename) : filename;
  if (isAbsolute(path)) return path;
  if (!/^\.{1,2}[\\/]/.test(path)) {
    try {
      return require.resolve(path);
    } catch {
      // No package of that name: a path, as below. Loading it says what is wrong with it.
    }
  }
  return resolve(path);
}

/**
 * Without a prototype: a promise is resolved with it, which asks it for `then`.
 *
 * @param {any} exports
 * @param {boolean} viaImport
 * @returns {LoadedModule}
 */
function moduleOf (exports, viaImport) {
  return /** @type {any} */ ({ __proto__: null, exports, viaImport });
}

/**
 * @param {string} path
 * @returns {LoadedModule}
 */
function requireFile (path) {
  // Deep enough to find the frame of the file itself in an error of something it requires (see `hasBegun`).
  const limit = Error.stackTraceLimit;
  setStackTraceLimit(Math.max(limit, kLoadStackTraceLimit));
  try {
    return moduleOf(require(path), false);
  } finally {
    if (Error.stackTraceLimit === Math.max(limit, kLoadStackTraceLimit)) setStackTraceLimit(limit);
  }
}

/** @param {number} limit */
function setStackTraceLimit (limit) {
  // Not writable under --frozen-intrinsics: then a failing nested load may be taken for one of the file itself.
  Reflect.set(Error, 'stackTraceLimit', limit);
}

/**
 * @param {string} path
 * @returns {Promise<LoadedModule>}
 */
async function importFile (path) {
  const specifier = isAbsolute(path) ? url().pathToFileURL(path).href : path;
  return moduleOf(await import(specifier), true);
}

/**
 * Whether `require()` refused the file before a line of it ran, so that `import()` may try: an ES module, a syntax that
 * only a loader for ES modules can read, or a path that only such a loader knows.
 *
 * @param {unknown} error
 * @param {string} path
 * @returns {boolean}
 */
function isRefused (error, path) {
  if (isNotFound(error)) return true;
  if (!(error instanceof Error) || hasBegun(error, path)) return false;
  if (kImportInstead.has(String(codeOf(error)))) return true;
  // Node puts the place of a syntax error in front of its stack.
  return error instanceof SyntaxError && namesOf(path).some((name) => error.stack?.startsWith(`${name}:`));
}

/**
 * Whether a line of the file had run when the error was made: then the file stands in the stack.
 *
 * @param {unknown} error
 * @param {string} path
 */
function hasBegun (error, path) {
  const stack = String(Object(error).stack);
  const frames = stack.slice(Math.max(stack.indexOf('\n    at '), 0));
  return namesOf(path).some((name) => frames.includes(`${name}:`));
}

/**
 * A path as it can stand in a stack: as given, as Node knows it (behind symbolic links, with its extension), as a URL.
 *
 * @param {string} path
 * @returns {string[]}
 */
function namesOf (path) {
  let real = path;
  try {
    real = require.resolve(path);
  } catch {
    // Known by its path only.
  }
  return [path, real, url().pathToFileURL(real).href];
}

/**
 * Whether it was the worker file that could not be found, and not something that it needs.
 *
 * @param {unknown} error
 */
function isNotFound (error) {
  const { code, requireStack, message } = Object(error);
  if (code === 'MODULE_NOT_FOUND') return requireStack?.[0] === __filename;
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).endsWith(` imported from ${__filename}`);
}

/** @param {unknown} error @returns {unknown} */
function codeOf (error) {
  return Object(error).code;
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @param {string} name
 * @param {LoadedModule} loaded
 * @returns {Handler | Promise<Handler>}
 */
function findHandler (file, filename, name, loaded) {
  const found = findExport(loaded, name);
  if (typeof found === 'function') return remember(file, filename, name, found);
  if (typeof found?.then !== 'function') throw errors().noHandler(filename);

  return awaitHandler(file, filename, name, found);
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @param {string} name
 * @param {PromiseLike<any>} found
 * @returns {Promise<Handler>}
 */
async function awaitHandler (file, filename, name, found) {
  let settled;
  try {
    settled = await untilIdle(found, () => errors().loadNeverFinished(filename));
  } catch (error) {
    throw isLoadError(error) ? error : errors().loadFailed(filename, error);
  }
  if (typeof settled !== 'function') throw errors().noHandler(filename);
  return remember(file, filename, name, settled);
}

/**
 * Where piscina looks, except that nothing inherited counts: `name: 'toString'` is no export of anybody's.
 *
 * @param {LoadedModule} loaded
 * @param {string} name
 * @returns {any}
 */
function findExport ({ exports, viaImport }, name) {
  if (viaImport) return own(exports, name);
  if (Object(exports).__esModule) {
    // A function that calls itself an ES module is the handler under every name.
    return typeof exports === 'function' ? exports : own(exports, name);
  }
  if (name !== 'default') return own(exports, name);
  return typeof exports === 'function' || typeof exports?.then === 'function' ? exports : own(exports, name);
}

/**
 * @param {any} exports
 * @param {string} name
 * @returns {any}
 */
function own (exports, name) {
  return exports != null && Object.hasOwn(exports, name) ? exports[name] : undefined;
}

/**
 * @param {WorkerFile} file
 * @param {string} filename
 * @param {string} name
 * @param {Handler} handler
 * @returns {Handler}
 */
function remember (file, filename, name, handler) {
  // Forgotten while its export was awaited: found again when it is next asked for.
  if (files.get(filename) !== file) return handler;

  if (!file.handlers.has(name)) handlerCount++;
  file.handlers.set(name, handler);
  if (handlerCount > kMaxHandlers) forgetOldest();
  return handler;
}

function forgetOldest () {
  for (const [filename, { handlers }] of files) {
    for (const name of handlers.keys()) {
      handlers.delete(name);
      handlerCount--;
      if (handlers.size === 0) files.delete(filename);
      return;
    }
  }
}

module.exports = { cachedHandler, loadHandler };
