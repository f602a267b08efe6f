'use strict';

const { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/**
 * Packs a tree of rockpool as it is published, for each run: users load bundles, not sources (see ci/release/bundle.js).
 * The tree's own worker files are put beside it, so that they load the package.
 *
 * @param {string} tree
 * @returns {Promise<string>} its folder, removed when the process ends; the tree itself, where it does not know how to
 */
async function stagePackage (tree) {
  // An older tree has it in another place, or not at all.
  const packer = [['ci', 'release', 'pack.js'], ['ci', 'pack.js']].map((path) => join(tree, ...path)).find(existsSync);
  const { stageMain } = packer === undefined ? {} : require(packer);
  if (stageMain === undefined) return tree;
  const project = mkdtempSync(join(tmpdir(), 'rockpool-bench-'));
  process.once('exit', () => rmSync(project, { recursive: true, force: true }));
  // Where a program finds it by its name, see loading.js.
  const folder = join(project, 'node_modules', 'rockpool');
  await stageMain(folder, []);
  cpSync(join(tree, 'benches', 'workers'), join(folder, 'benches', 'workers'), { recursive: true });
  const native = join(tree, 'lib', 'native');
  mkdirSync(join(folder, 'lib', 'native'));
  for (const addon of existsSync(native) ? readdirSync(native).filter((name) => name.endsWith('.node')) : []) {
    placeFile(join(native, addon), join(folder, 'lib', 'native', addon));
  }
  return folder;
}

/**
 * @param {string} from
 * @param {string} to
 */
function placeFile (from, to) {
  try {
    linkSync(from, to);
  } catch {
    // Another file system.
    copyFileSync(from, to);
  }
}

module.exports = { stagePackage };
