'use strict';

// The tarballs of ci/release/pack.sh, as each package manager installs them by the page, and again from its lock file. None of
// the other platforms' packages is to be found anywhere, as with a clone.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { findScript, installHosts } = require('../../ci/test/hosts');
const { askNpm } = require('../../ci/build/npm');
const { Workplace, root, run, startRegistry } = require('./support');

const timeout = 170_000;
const workplace = new Workplace();
/** @type {Awaited<ReturnType<typeof startRegistry>>} It knows none of the packages of ours. */
let registry;

/** What npm installs beside the packages is a stranger here: an empty package of its name. */
function packNice () {
  const folder = path.join(workplace.folder, 'nice');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: '@napi-rs/nice', version: '1.1.1' }));
  return path.join(folder, askNpm(['pack', '--pack-destination', folder], folder)[0].filename);
}

before(async () => {
  await Promise.all([workplace.pack(), installHosts()]);
  registry = await startRegistry([packNice()]);
}, { timeout });
after(() => {
  workplace.remove();
  registry.close();
});

const files = {
  'worker.js': 'module.exports = ({ a, b }) => a + b;\n',
  'program.js': `
    const { Piscina, kernels } = require('rockpool');
    const pool = new Piscina({ filename: require.resolve('./worker.js'), maxThreads: 1 });
    Promise.all([pool.run({ a: 4, b: 6 }), kernels.crc32(new Uint8Array(3))])
      .then(([sum, { value }]) => pool.close().then(() => console.log(sum, value)));
  `
};
const printed = '10 4282505490\n';

/**
 * @param {string} folder
 * @param {'yarn' | 'pnpm'} manager
 * @param {string[]} args
 */
function runManager (folder, manager, args) {
  return run(process.execPath, [findScript(manager), ...args], {
    cwd: folder,
    env: {
      ...workplace.env,
      // What is in the process' environment is above the files: nothing of the user's counts.
      HOME: workplace.folder,
      USERPROFILE: workplace.folder,
      CI: 'true',
      YARN_NPM_REGISTRY_SERVER: registry.url,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_ENABLE_TELEMETRY: 'false',
      // To write the lock file is right, in a run on a CI machine as well.
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_GLOBAL_FOLDER: path.join(workplace.folder, 'yarn'),
      npm_config_registry: registry.url,
      npm_config_store_dir: path.join(workplace.folder, 'pnpm'),
      npm_config_manage_package_manager_versions: 'false'
    }
  });
}

test('npm installs both, and again by npm ci', { timeout }, async () => {
  const folder = workplace.project(files);
  const from = `--registry=${registry.url}`;
  await workplace.npm(folder, ['install', workplace.tarballs.main, workplace.tarballs.addon, from]);
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
  await workplace.npm(folder, ['ci', from]);
  assert.equal(await workplace.node(folder, ['program.js']), printed);
});

test('pnpm installs both, and again from its frozen lock file', { timeout }, async () => {
  const folder = workplace.project(files);
  await runManager(folder, 'pnpm', ['add', workplace.tarballs.main, workplace.tarballs.addon]);
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
  await runManager(folder, 'pnpm', ['install', '--frozen-lockfile']);
  assert.equal(await workplace.node(folder, ['program.js']), printed);
});

describe('yarn 4, with the line `resolutions` of the page', () => {
  /** @param {string} linker */
  async function install (linker) {
    const page = fs.readFileSync(path.join(root, 'docs', 'installing.md'), 'utf8');
    const block = /```json\n(\{[^`]*"resolutions"[^`]*)```/.exec(page)?.[1];
    assert.ok(block !== undefined, 'the page has an example');
    const manifest = JSON.parse(block
      .replaceAll('/tmp/packages', path.dirname(workplace.tarballs.main).replaceAll('\\', '/'))
      .replaceAll('rockpool-linux-x64-gnu', workplace.addonPackage));
    const folder = workplace.project({ ...files, 'package.json': { private: true, ...manifest }, 'yarn.lock': '' });
    fs.writeFileSync(path.join(folder, '.yarnrc.yml'), `nodeLinker: ${linker}\n`);
    await runManager(folder, 'yarn', ['install']);
    return folder;
  }

  test('fills node_modules', { timeout }, async () => {
    const folder = await install('node-modules');
    fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
    await runManager(folder, 'yarn', ['install', '--immutable']);
    assert.equal(await workplace.node(folder, ['program.js']), printed);
  });

  test('works without node_modules (Plug\'n\'Play)', { timeout }, async () => {
    const folder = await install('pnp');
    await runManager(folder, 'yarn', ['install', '--immutable']);
    assert.equal(fs.existsSync(path.join(folder, 'node_modules')), false);
    assert.equal(await runManager(folder, 'yarn', ['node', 'program.js']), printed);
  });
});
