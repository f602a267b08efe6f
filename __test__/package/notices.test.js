'use strict';

// What a package with an addon says of the code in it, and what the addon itself gives away.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { addressesOf } = require('../../ci/release/addresses');
const { neededGlibc } = require('../../ci/release/glibc');
const { linkedPackages, packagesInParts, packagesWithLicense } = require('../../ci/release/notices');
const { version } = require('../../package.json');
const { Workplace, manifestOf, root } = require('./support');

const timeout = 120_000;
const workplace = new Workplace();
before(() => workplace.pack(), { timeout });
after(() => workplace.remove());

/** @param {string} name @returns {Buffer} a file of the package with the addon */
function fileOf (name) {
  return execFileSync('tar', ['-xzOf', workplace.tarballs.addon, `package/${name}`], { maxBuffer: 1 << 28 });
}

const addonFile = () => fileOf(manifestOf(workplace.tarballs.addon).main);

describe('the package of an addon', () => {
  test('has the licences and the list of all that is linked in, as Cargo.lock has it', { timeout }, () => {
    const linked = linkedPackages();
    assert.ok(linked.length > 40);
    const hint = 'make them anew: node ci/release/notices.js';
    assert.deepEqual(packagesWithLicense(), linked, hint);
    assert.deepEqual(packagesInParts(), linked, hint);
  });

  test('has the licences of what the crates bring along', () => {
    const text = fileOf('THIRD-PARTY-LICENSES').toString();
    for (const [of, part] of [
      ['zstd', /Copyright \(c\) Meta Platforms, Inc\. and affiliates\. All rights reserved\./],
      ['libdeflate', /Copyright 2016 Eric Biggers/],
      ['ring', /ISC License, for ring [\d.]+/],
      ['BoringSSL', /Apache License 2\.0, for .*ring [\d.]+/],
      ['zlib-rs', /zlib License, for zlib-rs [\d.]+/],
      ['rayon', /Copyright \(c\) 2010 The Rust Project Developers/]
    ]) assert.match(text, /** @type {RegExp} */ (part), String(of));
  });

  test('has a list of parts of our version, by which each part can be found', () => {
    const { bomFormat, metadata: { component }, components, dependencies } = JSON.parse(fileOf('sbom.cdx.json').toString());
    assert.equal(bomFormat, 'CycloneDX');
    assert.deepEqual([component.name, component.version], ['rockpool', version]);
    const refs = new Set([component['bom-ref'], ...components.map((part) => part['bom-ref'])]);
    for (const { name, purl, licenses } of components) assert.ok(purl.startsWith('pkg:cargo/') && licenses.length > 0, name);
    for (const { ref, dependsOn = [] } of dependencies) {
      for (const other of [ref, ...dependsOn]) assert.ok(refs.has(other), other);
    }
  });

  test('is CommonJS, and says which glibc it needs', { skip: process.platform !== 'linux' && 'has none' }, () => {
    assert.equal(manifestOf(workplace.tarballs.addon).type, 'commonjs');
    const needed = neededGlibc(addonFile());
    assert.equal(/It needs glibc ([\d.]+) or later\./.exec(fileOf('README.md').toString())?.[1] ?? null, needed);
  });
});

describe('an addon', () => {
  test('holds no path of whoever has built it', () => {
    const addon = addonFile().toString('latin1');
    const cargoHome = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo');
    for (const folder of [root, os.homedir(), cargoHome, path.join('registry', 'src'), path.join('.cargo', 'registry')]) {
      const place = addon.indexOf(`${folder}${path.sep}`);
      assert.equal(place, -1, `${JSON.stringify(addon.slice(place - 20, place + 100))} has ${folder}`);
    }
  });

  test('needs the glibc that its symbols are bound to', (t) => {
    const addon = addonFile();
    const needed = neededGlibc(addon);
    const { glibcVersionRuntime } = /** @type {any} */ (process.report.getReport()).header;
    if (glibcVersionRuntime === undefined) return assert.equal(needed, null);
    assert.match(needed, /^2\.\d+$/);
    const file = path.join(workplace.folder, 'addon.node');
    fs.writeFileSync(file, addon);
    const { status, stdout } = spawnSync('objdump', ['-T', file], { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) return t.skip('no objdump');
    const minors = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    assert.equal(needed, `2.${Math.max(...minors)}`);
  });

  test('that needs a later glibc than is allowed is refused', () => {
    const file = path.join(workplace.folder, 'bound.node');
    fs.writeFileSync(file, '\x7fELF\0libc.so.6\0GLIBC_2.9\0GLIBC_2.28\0GLIBC_2.2.5\0');
    const check = (/** @type {string} */ limit) =>
      spawnSync(process.execPath, [path.join(root, 'ci', 'release', 'glibc.js'), '--at-most', limit, file], { encoding: 'utf8' });
    assert.equal(check('2.28').status, 0);
    const { status, stderr } = check('2.27');
    assert.equal(status, 1);
    assert.match(stderr, /bound\.node needs glibc 2\.28, and not more than 2\.27 is allowed/);
    const release = fs.readFileSync(path.join(root, '.github', 'workflows', 'release.yml'), 'utf8');
    assert.match(release, /node ci\/release\/glibc\.js --at-most 2\.28 lib\/native\/\*\.node/);
    assert.match(fs.readFileSync(path.join(root, 'docs', 'installing.md'), 'utf8'), /glibc 2\.28 or later/);
  });
});

test('where a workflow packs, package.json says where the project is', () => {
  assert.deepEqual(addressesOf({}), {});
  assert.deepEqual(addressesOf({ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'somebody/rockpool' }), {
    homepage: 'https://github.com/somebody/rockpool#readme',
    bugs: { url: 'https://github.com/somebody/rockpool/issues' },
    repository: { type: 'git', url: 'git+https://github.com/somebody/rockpool.git' }
  });
  const { keywords } = manifestOf(workplace.tarballs.main);
  assert.ok(keywords.includes('piscina') && keywords.includes('worker threads'));
});
