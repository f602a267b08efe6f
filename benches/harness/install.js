'use strict';

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const benches = join(__dirname, '..');

/** @param {string} path @returns {any} */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * The version of an installed peer.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
function installedVersion (name) {
  try {
    return readJson(join(benches, 'node_modules', name, 'package.json')).version;
  } catch {
    return undefined;
  }
}

/** The peers and their pinned versions. @returns {Record<string, string>} */
const pinnedPeers = () => readJson(join(benches, 'package.json')).dependencies;

/** The names of the peers that are not here in their pinned versions. */
const missingPeers = () =>
  Object.entries(pinnedPeers()).filter(([name, version]) => installedVersion(name) !== version).map(([name]) => name);

/**
 * Installs the peers from their lock file unless they are there. Without them (no network) the
 * benchmarks still run; the tables then say which contestant could not be loaded.
 *
 * @param {(line: string) => void} log
 */
function installPeers (log) {
  const missing = missingPeers();
  if (missing.length === 0) {
    return;
  }
  log(`installing ${missing.join(', ')}`);
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: benches,
    encoding: 'utf8',
    // npm is a batch file on Windows.
    shell: process.platform === 'win32'
  });
  if (status !== 0) {
    log(`npm ci in benches failed, the peers are left out: ${String(stderr).trim().split('\n').slice(-3).join(' ')}`);
  }
}

module.exports = { installPeers, installedVersion, pinnedPeers };
