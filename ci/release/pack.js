'use strict';

// Writes the tarballs to publish: the package, and one for each platform with its addon.
//
//   ci/release/pack.sh DIR                    with the addon of this machine
//   ci/release/pack.sh DIR --addons FOLDER    with those of all platforms, from FOLDER; each must be there
//
// package.json has the names of the targets and the version; all else follows from it here. The platform packages are
// optional dependencies of what is packed, and of that alone: in the repository's own package.json they would have npm
// look for packages of a version that is not published yet, or not by us, with every `npm ci`, and the lock file would
// need a new entry for each before it can exist. For the same reason the package names those alone that were packed with
// it: one that is nowhere to be found keeps `npm ci` and yarn from installing anything.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { addressesOf } = require('./addresses');
const { makeBundles } = require('./bundle');
const { askNpm } = require('../build/npm');
const { completePlatformPackage } = require('./platform-package');
const { setup } = require('../setup');

const root = path.join(__dirname, '..', '..');

/** @param {string} file */
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/**
 * @param {string} file
 * @param {object} value
 */
const writeJson = (file, value) => fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** Our package.json, with addresses where they are known. */
const readManifest = () => ({ ...readJson(path.join(root, 'package.json')), ...addressesOf(process.env) });

/**
 * Makes a folder for each target's package, as napi-rs wants them: all but the addon.
 *
 * @param {string} stage an empty folder
 * @returns {Promise<{ folder: string, name: string, addon: string }[]>}
 */
async function stagePlatforms (stage) {
  const { NapiCli } = await import('@napi-rs/cli');
  writeJson(path.join(stage, 'package.json'), readManifest());
  await new NapiCli().createNpmDirs({ cwd: stage, npmDir: 'npm' });
  const npmDir = path.join(stage, 'npm');
  return fs.readdirSync(npmDir).map((target) => {
    const folder = path.join(npmDir, target);
    const { name, main } = readJson(path.join(folder, 'package.json'));
    fs.copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
    return { folder, name, addon: main };
  });
}

/**
 * Makes the folder of the main package: what `files` names, with bundles in the place of what they are made of, and a
 * package.json for those who install it.
 *
 * @param {string} folder
 * @param {string[]} platforms names of the platform packages
 */
async function stageMain (folder, platforms) {
  const { files: made, replaced } = await makeBundles();
  const [{ files }] = askNpm(['pack', '--dry-run', '--ignore-scripts'], root);
  const place = (/** @type {string} */ file) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    return path.join(folder, file);
  };
  for (const { path: file } of files) {
    if (!replaced.has(file)) fs.copyFileSync(path.join(root, file), place(file));
  }
  for (const [file, text] of made) fs.writeFileSync(place(file), text);
  const { scripts, devDependencies, overrides, ...manifest } = readManifest();
  for (const name of platforms) manifest.optionalDependencies[name] = manifest.version;
  writeJson(path.join(folder, 'package.json'), manifest);
}

/**
 * @param {string} addon
 * @param {string} version
 */
function checkVersion (addon, version) {
  const found = require(addon).version();
  if (found !== version) throw new Error(`${addon} is of version ${found} and the package of version ${version}`);
}

/**
 * Writes the tarballs.
 *
 * @param {string} destination a folder, made where it is missing
 * @param {string} [addons] a folder with the addons of all platforms; without it, that of this machine is taken
 * @returns {Promise<string[]>} paths of the tarballs, the main package last: it is published when the others are
 */
async function pack (destination, addons) {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'rockpool-pack-'));
  try {
    const { version } = readJson(path.join(root, 'package.json'));
    const source = addons ?? path.join(root, 'lib', 'native');
    const platforms = await stagePlatforms(stage);
    const present = platforms.filter(({ addon }) => fs.existsSync(path.join(source, addon)));
    if (addons !== undefined && present.length < platforms.length) {
      const missing = platforms.filter((platform) => !present.includes(platform)).map(({ addon }) => addon);
      throw new Error(`${source} lacks ${missing.join(', ')}`);
    }
    if (present.length === 0) throw new Error(`${source} has no addon of a platform that packages are made for`);
    for (const { folder, addon } of present) {
      completePlatformPackage(folder, path.join(source, addon));
      // Of several, only one is for this machine, and a workflow has built all from one commit.
      if (addons === undefined) checkVersion(path.join(source, addon), version);
    }
    const main = path.join(stage, 'main');
    await stageMain(main, present.map(({ name }) => name));

    fs.mkdirSync(destination, { recursive: true });
    return [...present.map(({ folder }) => folder), main].map((folder) => {
      const [{ filename }] = askNpm(['pack', '--ignore-scripts', '--pack-destination', path.resolve(destination)], folder);
      return path.join(destination, filename);
    });
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
}

async function main () {
  const { values, positionals } = parseArgs({ options: { addons: { type: 'string' } }, allowPositionals: true });
  if (positionals.length !== 1) throw new Error('usage: ci/release/pack.sh DIR [--addons FOLDER]');
  // The addons of a release were built elsewhere.
  if (values.addons === undefined) await setup();
  for (const file of await pack(positionals[0], values.addons)) console.log(file);
}

if (require.main === module) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

module.exports = { pack, stageMain };
