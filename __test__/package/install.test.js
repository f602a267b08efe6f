'use strict';

// The packages as those get them who install them: with npm, without Rust, without a network.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { pack } = require('../../ci/release/pack');
const { versions } = require('../../ci/release/version');
const { Workplace, contentsOf, manifestOf, pathWithoutRust, root, startRegistry, unpackedSizeOf } = require('./support');

const timeout = 120_000;
const workplace = new Workplace();
const { version, napi } = require('../../package.json');

/** A project with both packages, as `npm install A.tgz B.tgz` leaves it. */
let project = '';
before(async () => {
  await workplace.pack();
  project = workplace.project({ 'worker.js': 'module.exports = ({ a, b }) => a + b;\n' });
  await workplace.npm(project, ['install', workplace.tarballs.main, workplace.tarballs.addon]);
}, { timeout });
after(() => workplace.remove());

/**
 * @param {string} folder in the repository
 * @param {(file: string) => boolean} isWanted
 * @returns {string[]} its files, as paths in the package
 */
function filesUnder (folder, isWanted) {
  return fs.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join('/'))
    .filter(isWanted);
}

test('all files have one version', () => {
  for (const [file, found] of Object.entries(versions())) assert.equal(found, version, file);
});

describe('the tarballs', () => {
  test('are no larger than the documentation says', () => {
    const page = fs.readFileSync(path.join(root, 'docs', 'installing.md'), 'utf8');
    for (const [name, tarball] of Object.entries({ rockpool: workplace.tarballs.main, addon: workplace.tarballs.addon })) {
      const limits = new RegExp(`^\\| ${name} \\|.*\\| ([\\d.]+) MB \\| ([\\d.]+) MB \\|$`, 'm').exec(page) ?? [];
      for (const [index, size] of [fs.statSync(tarball).size, unpackedSizeOf(tarball)].entries()) {
        assert.ok(size <= Number(limits[index + 1]) * 1e6, `${name}: ${size} bytes, not ${limits[index + 1]} MB`);
      }
    }
  });

  test('hold the JavaScript, the types, the sources of the addon, and nothing else', () => {
    const isTest = /^src\/scheduler\/(models|tests)\//;
    assert.deepEqual(contentsOf(workplace.tarballs.main), [
      'Cargo.lock', 'Cargo.toml', 'LICENSE', 'README.md', 'benches/kernels.rs', 'benches/queue.rs', 'build.rs', 'package.json',
      'index.d.mts', 'index.d.ts', 'index.js', 'index.mjs',
      ...filesUnder('bin', (file) => file.endsWith('.js')),
      'lib/cli.js', 'lib/cli/worker.js', 'lib/outside.js', 'lib/piscina.js', 'lib/worker/entry.js',
      ...filesUnder('src', (file) => file.endsWith('.rs') && !isTest.test(file))
    ].sort());
  });

  test('hold one addon and its package.json', () => {
    const { main } = manifestOf(workplace.tarballs.addon);
    assert.deepEqual(contentsOf(workplace.tarballs.addon),
      ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', 'package.json', 'sbom.cdx.json', main].sort());
  });

  test('name the packages that were packed with them, no others, and run nothing when they are installed', () => {
    const { '@napi-rs/nice': nice, ...platforms } = manifestOf(workplace.tarballs.main).optionalDependencies;
    assert.deepEqual(platforms, { [workplace.addonPackage]: version });
    for (const tarball of Object.values(workplace.tarballs)) {
      assert.equal(manifestOf(tarball).version, version);
      assert.equal(manifestOf(tarball).scripts, undefined);
    }
  });

  test('of a release name the packages of all platforms', { timeout }, async () => {
    const folder = path.join(workplace.folder, 'release');
    const addons = path.join(folder, 'addons');
    fs.mkdirSync(addons, { recursive: true });
    const targets = ['linux-x64-gnu', 'linux-x64-musl', 'linux-arm64-gnu', 'linux-arm64-musl', 'darwin-x64', 'darwin-arm64', 'win32-x64-msvc'];
    assert.equal(targets.length, napi.targets.length);
    for (const target of targets.slice(1)) fs.writeFileSync(path.join(addons, `rockpool.${target}.node`), '');
    await assert.rejects(pack(path.join(folder, 'tarballs'), addons), /lacks rockpool\.linux-x64-gnu\.node$/);
    fs.writeFileSync(path.join(addons, `rockpool.${targets[0]}.node`), '');
    const tarballs = await pack(path.join(folder, 'tarballs'), addons);
    const { '@napi-rs/nice': nice, ...platforms } = manifestOf(tarballs[tarballs.length - 1]).optionalDependencies;
    assert.deepEqual(platforms, Object.fromEntries(targets.map((target) => [`rockpool-${target}`, version])));
    for (const tarball of tarballs.slice(0, -1)) assert.equal(manifestOf(tarball).version, version);
  });

  test('have an addon without symbols', { skip: process.platform !== 'linux' && 'reads ELF' }, () => {
    const { main } = manifestOf(workplace.tarballs.addon);
    const addon = fs.readFileSync(path.join(project, 'node_modules', workplace.addonPackage, main));
    assert.equal(addon.subarray(1, 4).toString(), 'ELF');
    const [table, entrySize, count] = [Number(addon.readBigUInt64LE(40)), addon.readUInt16LE(58), addon.readUInt16LE(60)];
    const types = Array.from({ length: count }, (_, index) => addon.readUInt32LE(table + index * entrySize + 4));
    assert.ok(types.includes(11), 'the sections are read rightly: there are dynamic symbols');
    assert.ok(!types.includes(2), 'there is a table of symbols');
  });

  test('are what publint and attw want of them', { timeout }, async () => {
    const { publint } = await import('publint');
    const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
    const main = fs.readFileSync(workplace.tarballs.main);
    const bytes = new Uint8Array(main);
    const { messages } = await publint({ strict: true, pack: { tarball: bytes.buffer } });
    assert.deepEqual(messages, []);
    const { types, problems } = await checkPackage(createPackageFromTarballData(bytes));
    assert.ok(types);
    assert.deepEqual(problems, []);
  });

  test('have sources that the addon can be built from', { timeout }, () => {
    const check = spawnSync('cargo', ['check', '--locked', '--offline', '--quiet'], {
      cwd: path.join(project, 'node_modules', 'rockpool'),
      env: { ...process.env, CARGO_TARGET_DIR: path.join(root, 'target') },
      encoding: 'utf8'
    });
    assert.equal(check.status, 0, check.stderr);
  });
});

describe('an installed package', () => {
  const program = [
    'const { value } = await kernels.blake3(new Uint8Array(3));',
    "const pool = new Piscina({ filename: new URL('worker.js', url).href, maxThreads: 1 });",
    'console.log(await pool.run({ a: 4, b: 6 }), value.length);',
    'await pool.close();'
  ].join('\n');

  test('finds no Rust here', () => {
    assert.equal(spawnSync('cargo', ['--version'], { env: { ...process.env, PATH: pathWithoutRust } }).error?.code, 'ENOENT');
  });

  test('is as its package.json says', { timeout }, async () => {
    const listed = JSON.parse(await workplace.npm(project, ['ls', '--all', '--json']));
    assert.equal(listed.problems, undefined);
    assert.equal(listed.dependencies.rockpool.version, version);
    assert.equal(listed.dependencies[workplace.addonPackage].version, version);
  });

  test('brings the command, whose doctor finds it healthy and says which package has the addon', { timeout }, async () => {
    const output = await workplace.node(project, ['node_modules/rockpool/bin/rockpool.js', 'doctor', '--json']);
    const { ok, native } = JSON.parse(output);
    assert.deepEqual([ok, native.addon.version, native.addon.origin], [true, version, `the package ${workplace.addonPackage}`]);
    assert.ok(fs.readdirSync(path.join(project, 'node_modules', '.bin')).includes('rockpool'));
  });

  test('runs in CommonJS', { timeout }, async () => {
    const head = "const { Piscina, kernels } = require('rockpool');\nconst url = require('node:url').pathToFileURL(__filename);";
    fs.writeFileSync(path.join(project, 'program.cjs'), `${head}\n(async () => {\n${program}\n})();\n`);
    assert.equal(await workplace.node(project, ['program.cjs']), '10 32\n');
  });

  test('runs in an ES module', { timeout }, async () => {
    const head = "import Piscina, { kernels } from 'rockpool';\nconst { url } = import.meta;";
    fs.writeFileSync(path.join(project, 'program.mjs'), `${head}\n${program}\n`);
    assert.equal(await workplace.node(project, ['program.mjs']), '10 32\n');
  });

  for (const [kind, name, head] of [
    ['CommonJS', 'typed.cts', "import Piscina = require('rockpool');\nconst { kernels } = Piscina;\nconst url = `file://${__filename}`;"],
    ['an ES module', 'typed.mts', "import { Piscina, kernels, type Options } from 'rockpool';\nconst { url } = import.meta;\nexport const options: Options = {};"]
  ]) {
    test(`compiles and runs from TypeScript to ${kind}`, { timeout }, async () => {
      const typed = program.replace('new Piscina(', 'new Piscina<{ a: number, b: number }, number>(');
      fs.writeFileSync(path.join(project, name), `${head}\n(async () => {\n${typed}\n})();\n`);
      await workplace.node(project, [
        require.resolve('typescript/bin/tsc'), '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable',
        '--module', 'node16', '--types', 'node', '--typeRoots', path.join(root, 'node_modules', '@types'), name
      ]);
      assert.equal(await workplace.node(project, [name.replace('ts', 'js')]), '10 32\n');
    });
  }

  test('is all there with nothing but its name to install', { timeout }, async () => {
    const registry = await startRegistry(Object.values(workplace.tarballs));
    try {
      const folder = workplace.project();
      await workplace.npm(folder, ['install', 'rockpool', `--registry=${registry.url}`]);
      const installed = fs.readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
      assert.deepEqual(installed, ['rockpool', workplace.addonPackage]);
      assert.equal(await workplace.node(folder, ['-p', "require('rockpool').version"]), `${version}\n`);
    } finally {
      registry.close();
    }
  });
});
