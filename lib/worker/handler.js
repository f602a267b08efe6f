'use strict';

const { extname, isAbsolute, join, resolve, sep } = require('node:path');
const { Promise } = require('../host');
const { watchEvaluation } = require('./evaluation');
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

/** Errors of `require()` that say: this is for `import()`. All come before the module is evaluated. */
const kImportInstead = new Set([
  'ERR_REQUIRE_ESM',
  'ERR_REQUIRE_ASYNC_MODULE',
  'ERR_REQUIRE_CYCLE_MODULE',
  'ERR_REQUIRE_ESM_RACE_CONDITION'
]);

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
 * @returns {Handler | Promise<Handler>} A promise only if the module or the export is asynchronous. Its errors have the
 *   code ERR_ROCKPOOL_LOAD_FAILED, ERR_ROCKPOOL_LOAD_NEVER_FINISHED or ERR_ROCKPOOL_NO_HANDLER.
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
  return (isForImport(path) ? null : requireFile(path)) ?? importFile(path);
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
 * Whether to use `import()` without a try of `require()`, which takes an unknown extension for JavaScript. Hooks for ES
 * modules see only imports, so a file that can only be an ES module must be imported.
 *
 * @param {string} path
 */
function isForImport (path) {
  const extension = extname(path);
  // Where neither Node nor a hook knows `.mts`, it may be plain JavaScript.
  return (extension === '.mjs' || (extension === '.mts' && extension in commonJs().extensions)) && !isUnimportable(path);
}

/**
 * Node's CommonJS cache and extensions. A module whose source comes from a hook has a `require` without them.
 *
 * @returns {{ cache: NodeJS.Dict<NodeModule>, extensions: object }}
 */
function commonJs () {
  return require.extensions ? require : require('node:module').createRequire(__filename);
}

/**
 * Loads a file by `require()`; null if that refused it before a line of it ran, so that `import()` may try.
 *
 * @param {string} path
 * @returns {LoadedModule | null}
 */
function requireFile (path) {
  let watch;
  try {
    watch = watchEvaluation(require.resolve(path), commonJs().cache);
    return moduleOf(require(path), false);
  } catch (error) {
    if (!watch?.hasBegun && isRefusal(error)) return null;
    throw error;
  } finally {
    watch?.end();
  }
}

/**
 * Whether an error before the evaluation says that the file may be one for `import()`: an ES module, a syntax that only
 * a loader for ES modules can read, or a path that only such a loader knows.
 *
 * @param {unknown} error
 */
function isRefusal (error) {
  return isNotFound(error) || error instanceof SyntaxError || kImportInstead.has(String(codeOf(error))) || isRace(error);
}

/**
 * Whether the file is just being imported by somebody else. Early Nodes have no code for that.
 *
 * @param {unknown} error
 */
function isRace (error) {
  return codeOf(error) === 'ERR_INTERNAL_ASSERTION' && /^Cannot require\(\) ES Module /.test(Object(error).message);
}

/**
 * Loads a file by `import()`. An export of the name "module.exports" stands for all of them, as where `require()` loads
 * an ES module.
 *
 * @param {string} path
 * @returns {Promise<LoadedModule>}
 */
async function importFile (path) {
  const namespace = isUnimportable(path)
    ? await importByLink(path)
    : await import(isAbsolute(path) ? url().pathToFileURL(path).href : path);
  return Object.hasOwn(namespace, 'module.exports')
    ? moduleOf(namespace['module.exports'], false)
    : moduleOf(namespace, true);
}

/**
 * Whether no URL for `import()` can name a file: it takes none with a backslash in it, which a POSIX path may have.
 *
 * @param {string} path
 */
function isUnimportable (path) {
  return sep === '/' && path.includes('\\');
}

/**
 * Imports a file by the name of a link to it: the module that is loaded is the file behind it, with the file's own URL.
 *
 * @param {string} path
 */
async function importByLink (path) {
  const { mkdtemp, rm, symlink } = require('node:fs/promises');
  const folder = await mkdtemp(join(require('node:os').tmpdir(), 'rockpool-'));
  const link = join(folder, `link${extname(path)}`);
  try {
    await symlink(path, link);
    return await import(url().pathToFileURL(link).href);
  } finally {
    await rm(folder, { recursive: true });
  }
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
