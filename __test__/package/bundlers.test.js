'use strict';

// Applications that were bundled by the ways that docs/installing.md names, with the packed package.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { builtinModules } = require('node:module');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { bundlers, installBundlers } = require('../../ci/test/bundlers');
const { Workplace, manifestOf, root, run } = require('./support');

const timeout = 120_000;
const workplace = new Workplace();

const body = `
  const pool = new Piscina({ filename: process.argv[2], maxThreads: 1 });
  Promise.all([pool.run({ a: 4, b: 6 }), kernels.crc32(new Uint8Array(3))])
    .then(([sum, { value }]) => pool.close().then(() => console.log(sum, value)));
`;
const files = {
  'worker.js': 'module.exports = ({ a, b }) => a + b;\n',
  'app.js': `const { Piscina, kernels } = require('rockpool');\n${body}`,
  'app.mjs': `import { Piscina, kernels } from 'rockpool';\n${body}`
};
const printed = '10 4282505490\n';

/** A project with the package, as all of these have it. */
let project = '';
before(async () => {
  await Promise.all([workplace.pack(), installBundlers()]);
  project = workplace.project(files);
  await workplace.npm(project, ['install', workplace.tarballs.main, workplace.tarballs.addon]);
}, { timeout });
after(() => workplace.remove());

const inProject = (/** @type {string[]} */ ...names) => path.join(project, ...names);

/** Runs what was bundled, in the project: what is external lies there. @param {string} file */
const runInProject = (file) => workplace.node(project, [file, inProject('worker.js')]);

/**
 * Runs what was bundled where nothing else of the project is.
 *
 * @param {string} folder
 * @param {string} file
 */
function runAlone (folder, file) {
  const alone = workplace.project({ 'worker.js': files['worker.js'] });
  fs.cpSync(folder, path.join(alone, 'dist'), { recursive: true });
  return workplace.node(alone, [path.join('dist', file), path.join(alone, 'worker.js')]);
}

/**
 * @param {object} options for webpack
 * @returns {Promise<{ warnings: string[], errors: string[] }>}
 */
function runWebpack (options) {
  const shared = { mode: 'production', optimization: { minimize: false }, target: 'node', context: project };
  return new Promise((resolve, reject) => {
    bundlers('webpack')({ ...shared, ...options }, (/** @type {any} */ error, /** @type {any} */ stats) => {
      if (error) return reject(error);
      const messages = (/** @type {any[]} */ list) => list.map(({ message }) => message);
      resolve({ warnings: messages(stats.compilation.warnings), errors: messages(stats.compilation.errors) });
    });
  });
}

describe('esbuild', () => {
  const { build } = require('esbuild');

  test('leaves the package out', { timeout }, async () => {
    await build({
      absWorkingDir: project, entryPoints: ['app.js'], outfile: 'dist/esbuild.js', bundle: true, platform: 'node', external: ['rockpool']
    });
    assert.equal(await runInProject('dist/esbuild.js'), printed);
  });

  test('takes it in, with the entry of the Workers as a second entry', { timeout }, async () => {
    const { warnings } = await build({
      absWorkingDir: project,
      entryPoints: { app: 'app.js', 'worker/entry': 'node_modules/rockpool/lib/worker/entry.js' },
      outdir: 'dist/esbuild',
      bundle: true,
      platform: 'node',
      loader: { '.node': 'copy' },
      logLevel: 'silent'
    });
    assert.deepEqual(warnings.map(({ text }) => text), []);
    assert.equal(await runAlone(inProject('dist', 'esbuild'), 'app.js'), printed);
  });

  test('without that entry gives a constructor that says what to do', { timeout }, async () => {
    const options = { bundle: true, platform: 'node', loader: { '.node': 'copy' } };
    await build({ absWorkingDir: project, entryPoints: ['app.js'], outdir: 'dist/alone', ...options });
    await assert.rejects(runAlone(inProject('dist', 'alone'), 'app.js'), ({ stderr }) => {
      assert.match(stderr, /code: 'ERR_ROCKPOOL_ENTRY_MISSING'/);
      assert.match(stderr, /mark rockpool as external/);
      return true;
    });
  });
});

describe('webpack', () => {
  test('leaves the package out', { timeout }, async () => {
    const output = { path: inProject('dist'), filename: 'webpack.js' };
    assert.deepEqual(await runWebpack({ entry: './app.js', output, externals: { rockpool: 'commonjs rockpool' } }), { warnings: [], errors: [] });
    assert.equal(await runInProject('dist/webpack.js'), printed);
  });

  for (const entry of ['./app.js', './app.mjs']) {
    test(`takes ${entry} in without a warning, with the two files beside it`, { timeout }, async () => {
      const output = { path: inProject('dist', 'webpack'), filename: 'app.js' };
      assert.deepEqual(await runWebpack({ entry, output }), { warnings: [], errors: [] });
      const { main } = manifestOf(workplace.tarballs.addon);
      fs.mkdirSync(inProject('dist', 'webpack', 'worker'), { recursive: true });
      fs.copyFileSync(inProject('node_modules', 'rockpool', 'lib', 'worker', 'entry.js'), inProject('dist', 'webpack', 'worker', 'entry.js'));
      fs.copyFileSync(inProject('node_modules', workplace.addonPackage, main), inProject('dist', 'webpack', main));
      assert.equal(await runAlone(inProject('dist', 'webpack'), 'app.js'), printed);
    });
  }
});

test('@vercel/ncc takes all of it in by itself', { timeout }, async () => {
  const { code, assets } = await bundlers('@vercel/ncc')(inProject('app.js'), { cache: false, quiet: true });
  const folder = inProject('dist', 'ncc');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'index.js'), code);
  for (const [name, { source }] of Object.entries(assets)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), source);
  }
  assert.equal(await runAlone(folder, 'index.js'), printed);
});

for (const name of ['rollup', 'rolldown']) {
  test(`${name} leaves the package out`, { timeout }, async () => {
    const bundle = await bundlers(name)[name]({ input: inProject('app.mjs'), external: ['rockpool'] });
    await bundle.write({ file: inProject('dist', `${name}.mjs`), format: 'es' });
    await bundle.close();
    assert.equal(await runInProject(`dist/${name}.mjs`), printed);
  });
}

test('rolldown for CommonJS takes it in, with the two files beside it', { timeout }, async () => {
  const external = (/** @type {string} */ id) => builtinModules.includes(id.replace('node:', '')) || /^rockpool-|^@napi-rs/.test(id);
  const bundle = await bundlers('rolldown').rolldown({ input: inProject('app.js'), external, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: inProject('dist', 'rolldown', 'app.js'), format: 'cjs' });
  await bundle.close();
  const { main } = manifestOf(workplace.tarballs.addon);
  fs.mkdirSync(inProject('dist', 'rolldown', 'worker'));
  fs.copyFileSync(inProject('node_modules', 'rockpool', 'lib', 'worker', 'entry.js'), inProject('dist', 'rolldown', 'worker', 'entry.js'));
  fs.copyFileSync(inProject('node_modules', workplace.addonPackage, main), inProject('dist', 'rolldown', main));
  assert.equal(await runAlone(inProject('dist', 'rolldown'), 'app.js'), printed);
});

test('vite leaves it out of what it builds for servers', { timeout }, async () => {
  const { build } = await import(bundlers.resolve('vite').replace(/index\.cjs$/, 'dist/node/index.js'));
  await build({
    root: project, configFile: false, logLevel: 'silent', build: { ssr: 'app.mjs', outDir: 'dist/vite' }
  });
  const [file] = fs.readdirSync(inProject('dist', 'vite'));
  assert.equal(await runInProject(path.join('dist', 'vite', file)), printed);
});

test('a single executable of Node has all of it in itself', {
  timeout,
  skip: process.platform !== 'linux' && 'an executable that was changed has to be signed here'
}, async () => {
  const page = fs.readFileSync(path.join(root, 'docs', 'installing.md'), 'utf8');
  const main = /```js\n([^`]*getAsset\('?[^`]*)```/.exec(page.replace(/[\s\S]*### Single executables/, ''))?.[1];
  assert.ok(main !== undefined, 'the page has its main file');
  const { main: addon } = manifestOf(workplace.tarballs.addon);
  const folder = workplace.project({
    'main.js': main.replaceAll('rockpool.linux-x64-gnu.node', addon),
    'app.js': files['app.js'].replace('process.argv[2]', "require('node:path').join(__dirname, 'worker.js')")
  });
  await require('esbuild').build({
    absWorkingDir: folder,
    entryPoints: { app: 'app.js', 'worker/entry': inProject('node_modules', 'rockpool', 'lib', 'worker', 'entry.js') },
    nodePaths: [inProject('node_modules')],
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    logLevel: 'silent'
  });
  const assets = {
    'app.js': 'dist/app.js',
    'worker.js': inProject('worker.js'),
    'worker/entry.js': 'dist/worker/entry.js',
    [addon]: `dist/${addon}`
  };
  const config = { main: 'main.js', output: 'made', disableExperimentalSEAWarning: true, assets };
  fs.writeFileSync(path.join(folder, 'sea.json'), JSON.stringify(config));
  const executable = path.join(folder, 'executable');
  if (Number(process.versions.node.split('.')[0]) >= 26) {
    await workplace.node(folder, ['--build-sea', 'sea.json']);
    fs.renameSync(path.join(folder, 'made'), executable);
  } else {
    await workplace.node(folder, ['--experimental-sea-config', 'sea.json']);
    fs.copyFileSync(process.execPath, executable);
    const { inject } = bundlers('postject');
    const fuse = { sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' };
    await inject(executable, 'NODE_SEA_BLOB', fs.readFileSync(path.join(folder, 'made')), fuse);
  }
  assert.equal(await run(executable, [], { cwd: workplace.folder, env: workplace.env }), printed);
});
