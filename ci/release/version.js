'use strict';

// Gives the crate the version of package.json: `npm version X` runs it after it has changed package.json and the lock
// file, and before it commits. The platforms' packages and what the main one asks for follow when they are packed.

const { spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');

/** The line of the crate's own version: the first that begins with the word. */
const line = /^version = "(.+)"$/m;

/**
 * @returns {Record<string, string | undefined>} the version that each file has, by file
 */
function versions () {
  const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');
  return {
    'package.json': JSON.parse(read('package.json')).version,
    'package-lock.json': JSON.parse(read('package-lock.json')).version,
    'Cargo.toml': line.exec(read('Cargo.toml'))?.[1],
    'Cargo.lock': /^name = "rockpool"\nversion = "(.+)"$/m.exec(read('Cargo.lock').replaceAll('\r\n', '\n'))?.[1]
  };
}

function main () {
  const manifest = join(root, 'Cargo.toml');
  const version = versions()['package.json'];
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(line, `version = "${version}"`));
  // Writes the version to Cargo.lock, and changes nothing else there.
  const { status } = spawnSync('cargo', ['update', '--workspace', '--offline'], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

if (require.main === module) main();

module.exports = { versions };
