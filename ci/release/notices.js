'use strict';

// What each addon's package says of the code of others in it: the licences as a text, and a list of all parts for
// programs (CycloneDX). Both are made from Cargo.lock by the tools of their trade, and committed, since these take
// minutes to build; a test compares what is committed with Cargo.lock. After a change of the dependencies:
//
//   cargo install --locked cargo-about@0.9.3 cargo-cyclonedx@0.5.9
//   node ci/release/notices.js

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const folder = path.join(__dirname, 'notices');
const { napi: { targets } } = require('../../package.json');

const LICENSES = 'THIRD-PARTY-LICENSES';
const PARTS = 'sbom.cdx.json';

/** The files of a package with an addon, by name. */
const noticeFiles = [LICENSES, PARTS];

/**
 * @param {string[]} args
 * @param {string} cwd
 */
function cargo (args, cwd) {
  const env = { ...process.env, SOURCE_DATE_EPOCH: '0', CARGO_NET_OFFLINE: 'true' };
  return execFileSync('cargo', args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/**
 * The packages that the addon is made of, on any platform, ourselves left out.
 *
 * @returns {string[]} as `name version`, sorted
 */
function linkedPackages () {
  const found = new Set();
  for (const target of targets) {
    const tree = cargo(['tree', '--locked', '--edges', 'normal', '--prefix', 'none', '--format', '{p}', '--target', target], root);
    for (const [, name, version] of tree.matchAll(/^(\S+) v(\S+)/gm)) found.add(`${name} ${version}`);
  }
  return [...found].filter((name) => !name.startsWith('rockpool ')).sort();
}

/** @returns {string[]} what the committed text is for, like `linkedPackages` */
function packagesWithLicense () {
  const text = fs.readFileSync(path.join(folder, LICENSES), 'utf8');
  return [...text.matchAll(/^ {2}(\S+) (\S+) \(/gm)].map(([, name, version]) => `${name} ${version}`).sort();
}

/** @returns {string[]} what the committed list has, like `linkedPackages` */
function packagesInParts () {
  const { components } = JSON.parse(fs.readFileSync(path.join(folder, PARTS), 'utf8'));
  return components.map((/** @type {any} */ { name, version }) => `${name} ${version}`).sort();
}

/**
 * Puts both into a package.
 *
 * @param {string} destination
 * @param {string} version ours
 */
function copyNotices (destination, version) {
  fs.copyFileSync(path.join(folder, LICENSES), path.join(destination, LICENSES));
  const parts = JSON.parse(fs.readFileSync(path.join(folder, PARTS), 'utf8'));
  Object.assign(parts.metadata.component, { version, purl: `pkg:cargo/rockpool@${version}` });
  fs.writeFileSync(path.join(destination, PARTS), `${JSON.stringify(parts, null, 2)}\n`);
}

/**
 * One list of the lists for several platforms.
 *
 * @param {any[]} lists
 */
function merge ([first, ...others]) {
  /** @type {(key: string, list: any) => [string, any][]} */
  const byRef = (key, list) => list[key].map((/** @type {any} */ part) => [part['bom-ref'] ?? part.ref, part]);
  const components = new Map([first, ...others].flatMap((list) => byRef('components', list)));
  const dependencies = new Map(byRef('dependencies', first));
  for (const [ref, { dependsOn = [] }] of others.flatMap((list) => byRef('dependencies', list))) {
    dependencies.set(ref, { ref, dependsOn: [...new Set([...dependencies.get(ref)?.dependsOn ?? [], ...dependsOn])].sort() });
  }
  const { metadata } = first;
  const { bomFormat, specVersion, version } = first;
  const { type, name, description, licenses } = metadata.component;
  const component = { 'bom-ref': metadata.component['bom-ref'], type, name, description, licenses };
  return {
    bomFormat, specVersion, version,
    // Without a time, which says nothing, and the version, which is put in where it is packed.
    metadata: { tools: metadata.tools, component },
    components: [...components.values()],
    dependencies: [...dependencies.values()]
  };
}

/** Makes both files in a copy: the tools write beside Cargo.toml, and note where that is. */
function makeNotices () {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'rockpool-notices-'));
  try {
    for (const name of ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src', 'benches']) {
      fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    }
    cargo(['about', 'generate', '--locked', '--offline', '--config', path.join(folder, 'about.toml'),
      '--output-file', path.join(folder, LICENSES), path.join(folder, 'about.hbs')], copy);

    const lists = targets.map((/** @type {string} */ target) => {
      cargo(['cyclonedx', '--format', 'json', '--target', target, '--no-build-deps', '--spec-version', '1.5',
        '--override-filename', 'parts'], copy);
      return JSON.parse(fs.readFileSync(path.join(copy, 'parts.json'), 'utf8'));
    });
    const ours = lists[0].metadata.component['bom-ref'];
    const text = JSON.stringify(merge(lists), null, 2).replaceAll(JSON.stringify(ours), '"rockpool"');
    fs.writeFileSync(path.join(folder, PARTS), `${text}\n`);
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

if (require.main === module) makeNotices();

module.exports = { copyNotices, linkedPackages, noticeFiles, packagesInParts, packagesWithLicense };
