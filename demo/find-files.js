'use strict';

const { readdir, stat } = require('node:fs/promises');
const { join, relative, sep } = require('node:path');

/** @typedef {{ path: string, size: number }} SourceFile `path` is relative, with slashes */

/**
 * @param {string} folder
 * @param {string} except a folder that is left out
 * @returns {AsyncGenerator<string>}
 */
async function* walk (folder, except) {
  const entries = await readdir(folder, { withFileTypes: true });
  // Sorted, so that --limit takes the same files everywhere.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // Links are not followed: the .bin folders of node_modules hold every script twice.
    if (entry.isDirectory()) {
      if (path !== except && entry.name !== '.git') yield* walk(path, except);
    } else if (entry.isFile() && /\.[cm]?js$/.test(entry.name)) {
      yield path;
    }
  }
}

/**
 * The JavaScript files of a folder.
 *
 * @param {string} source
 * @param {{ except: string, limit: number, maxSize: number }} options
 * @returns {Promise<{ files: SourceFile[], tooLarge: SourceFile[] }>}
 */
async function findFiles (source, { except, limit, maxSize }) {
  /** @type {SourceFile[]} */
  const files = [];
  /** @type {SourceFile[]} */
  const tooLarge = [];
  for await (const path of walk(source, except)) {
    if (files.length >= limit) break;
    const { size } = await stat(path);
    const file = { path: relative(source, path).split(sep).join('/'), size };
    (size > maxSize ? tooLarge : files).push(file);
  }
  return { files, tooLarge };
}

module.exports = { findFiles };
