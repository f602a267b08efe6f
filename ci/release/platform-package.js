'use strict';

const fs = require('node:fs');
const path = require('node:path');

const { neededGlibc } = require('./glibc');
const { copyNotices, noticeFiles } = require('./notices');

/**
 * Completes the package of a platform, of which napi-rs has made package.json and README.md: with the addon, what is to
 * be said of the code in it, and the C library that it needs.
 *
 * @param {string} folder
 * @param {string} addon a path
 */
function completePlatformPackage (folder, addon) {
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  const files = [...manifest.files, ...noticeFiles];
  fs.writeFileSync(file, `${JSON.stringify({ ...manifest, type: 'commonjs', files }, null, 2)}\n`);
  fs.copyFileSync(addon, path.join(folder, manifest.main));
  copyNotices(folder, manifest.version);

  const needed = neededGlibc(fs.readFileSync(addon));
  const sentences = [
    needed === null ? '' : `It needs glibc ${needed} or later.`,
    'THIRD-PARTY-LICENSES has the licences of the code in it, sbom.cdx.json its list of parts (CycloneDX).'
  ];
  fs.appendFileSync(path.join(folder, 'README.md'), `\n${sentences.join(' ').trim()}\n`);
}

module.exports = { completePlatformPackage };
