'use strict';

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {boolean} [peer]
 */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | null}
 */
function readPackages (file) {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    // A lock file that an interrupted install left half written: the state of node_modules is unknown.
    return null;
  }
}

/**
 * Why node_modules is not what package-lock.json says, or null when it is.
 *
 * npm writes what it installed to node_modules/.package-lock.json, so nothing of ours has to
 * be kept beside it and an install by hand counts as well.
 *
 * @param {string} root
 * @returns {string | null}
 */
function whyStale (root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (wanted === null) throw new Error('package-lock.json is missing or cannot be read');
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'nothing is installed';

  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined) {
      // Binaries for other platforms are in the lock file and never installed here.
      if (entry.optional || entry.devOptional) continue;
      return `${path} is missing`;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${path} is ${found.version} and the lock file says ${entry.version}`;
    }
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is missing`;
  }
  for (const path of Object.keys(installed)) {
    if (wanted[path] === undefined) return `${path} is not in the lock file`;
  }
  return null;
}

module.exports = { whyStale };
