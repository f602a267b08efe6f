'use strict';

// Which glibc an addon needs: the latest of the versions that its symbols are bound to.
//
//   node ci/release/glibc.js --at-most 2.28 FILE...     fails where one needs a later one

const { readFileSync } = require('node:fs');
const { basename } = require('node:path');
const { parseArgs } = require('node:util');

/**
 * @param {string} a
 * @param {string} b
 */
function compareVersions (a, b) {
  const [[majorA, minorA], [majorB, minorB]] = [a, b].map((version) => version.split('.').map(Number));
  return majorA - majorB || minorA - minorB;
}

/**
 * The names of the versions stand in the table of strings; nothing else in a binary looks like them.
 *
 * @param {Buffer} binary
 * @returns {string | null} null: it needs no glibc
 */
function neededGlibc (binary) {
  const versions = [...binary.toString('latin1').matchAll(/\0GLIBC_(\d+\.\d+)(?=[.\0])/g)].map(([, version]) => version);
  return versions.sort(compareVersions).at(-1) ?? null;
}

function main () {
  const { values, positionals } = parseArgs({ options: { 'at-most': { type: 'string' } }, allowPositionals: true });
  const limit = values['at-most'];
  if (positionals.length === 0) throw new Error('usage: node ci/release/glibc.js [--at-most VERSION] FILE...');
  for (const file of positionals) {
    const needed = neededGlibc(readFileSync(file));
    console.log(`${basename(file)}: ${needed === null ? 'no glibc' : `glibc ${needed}`}`);
    if (limit !== undefined && needed !== null && compareVersions(needed, limit) > 0) {
      throw new Error(`${file} needs glibc ${needed}, and not more than ${limit} is allowed`);
    }
  }
}

if (require.main === module) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

module.exports = { neededGlibc };
