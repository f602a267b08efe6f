'use strict';

const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join, sep } = require('node:path');

/** All inputs of the addon's build; folders are read whole. */
const inputs = [
  'Cargo.lock',
  'Cargo.toml',
  'build.rs',
  'ci/build/addon.js',
  'src',
  '.cargo/config.toml',
  'rust-toolchain.toml',
  'package-lock.json'
];

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder (path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/**
 * One hash over names and contents. Contents, not times: a checkout that only touches files
 * must not start a build.
 *
 * @param {string} root
 */
function hashInputs (root) {
  const hash = createHash('sha256');
  const { napi, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  hash.update(JSON.stringify([process.platform, process.arch, napi, scripts.build]));
  for (const input of inputs) {
    for (const file of filesUnder(join(root, input))) {
      const content = readFileSync(file);
      hash.update(`${file.slice(root.length + 1).split(sep).join('/')}\0${content.length}\0`);
      hash.update(content);
    }
  }
  return hash.digest('hex');
}

/**
 * The built addons with size and time, so that one built by hand since then is not taken for
 * the one that belongs to the stamp.
 *
 * @param {string} root
 */
function listAddons (root) {
  const folder = join(root, 'lib', 'native');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.node'))
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}

/** @param {string} root */
function stampFile (root) {
  return join(root, 'target', 'addon-stamp.json');
}

/**
 * Why the addon has to be built, or null when the one in lib/native is that of the sources.
 *
 * @param {string} root
 * @returns {string | null}
 */
function whyStale (root) {
  const addons = listAddons(root);
  if (addons.length === 0) return 'it was never built';
  let stamp;
  try {
    stamp = JSON.parse(readFileSync(stampFile(root), 'utf8'));
  } catch {
    return 'nothing says which sources it was built from';
  }
  if (stamp.inputs !== hashInputs(root)) return 'its sources changed';
  if (JSON.stringify(stamp.addons) !== JSON.stringify(addons)) return 'it was built by hand since';
  return null;
}

/**
 * Notes that what stands in lib/native was built from `inputsHash`, taken *before* the build:
 * a source saved while cargo ran then makes the addon stale, as it should.
 *
 * @param {string} root
 * @param {string} inputsHash
 */
function writeStamp (root, inputsHash) {
  const addons = listAddons(root);
  if (addons.length === 0) throw new Error('the build ended well and left no addon in lib/native');
  mkdirSync(dirname(stampFile(root)), { recursive: true });
  writeFileSync(stampFile(root), JSON.stringify({ inputs: inputsHash, addons }, null, 2));
}

module.exports = { hashInputs, whyStale, writeStamp };
