'use strict';

// Writes what every Worker loads as one file: lib/worker/loop.bundle.js, from lib/worker/loop.js and what that requires
// at once. To find, read and wrap a dozen files takes a Worker some 3 ms of processor time, and all Workers of a pool do
// it at the same time. What a Worker may never need, and what must exist once in a thread, stays a file of its own.
//
//   node ci/bundle.js

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

const lib = join(__dirname, '..', 'lib');
const entry = join(lib, 'worker', 'loop.js');
const bundle = join(lib, 'worker', 'loop.bundle.js');

/** Not in the bundle, by their place in lib/. */
const apart = new Set([
  // The thread's state. The addon is one whoever requires it, but the search for it stays with the main thread.
  'thread-state', 'find-addon', 'host',
  // Loaded when they are needed.
  'errors', 'transfer', 'bulk', 'codec/error-carrier', 'codec/substitute'
]);

/** Lets files that stay apart be found from where the bundle is. @type {import('esbuild').Plugin} */
const keepApart = {
  name: 'keep-apart',
  setup (build) {
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path).replace(/\.js$/, '');
      if (!apart.has(relative(lib, file).replaceAll('\\', '/'))) return undefined;
      return { path: relative(dirname(bundle), file).replaceAll('\\', '/'), external: true };
    });
  }
};

/** @returns {Promise<string>} */
async function makeBundle () {
  const { build } = require('esbuild');
  const { outputFiles } = await build({
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    plugins: [keepApart],
    banner: { js: '// @ts-nocheck\n// Made by ci/bundle.js from loop.js and what that requires: do not edit.' },
    logLevel: 'warning'
  });
  return outputFiles[0].text;
}

/** Writes it where what is there is another one, or nothing. */
async function writeBundle () {
  const text = await makeBundle();
  if (!existsSync(bundle) || readFileSync(bundle, 'utf8') !== text) writeFileSync(bundle, text);
}

module.exports = { bundle, makeBundle, writeBundle };

if (require.main === module) writeBundle();
