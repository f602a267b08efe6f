'use strict';

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { join, posix } = require('node:path');
const { test } = require('node:test');

const { read, root } = require('./markdown');

/** The files with unsafe code outside of tests, as paths from `src`. */
function filesWithUnsafe () {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.rs') && !/(^|\/)(models|tests|testing|tests\.rs|testing\.rs)(\/|$)/.test(file))
    .filter((file) => {
      const [code] = readFileSync(join(root, 'src', file), 'utf8').split(/^#\[cfg\(test\)\]\nmod /m);
      return /^(?!\s*\/\/).*\bunsafe (\{|fn|impl|extern)/m.test(code);
    });
}

/** What the table of ARCHITECTURE.md names: files, and folders with a slash at the end, each as a path from `src`. */
function namedFiles () {
  const [, section] = /^## Where the unsafe code is\n([\s\S]*?)^## /m.exec(read('ARCHITECTURE.md')) ?? [];
  return [...section.matchAll(/^\| (`.+?`) \| /gm)].flatMap(([, cell]) => {
    const names = [...cell.matchAll(/`(.+?)`/g)].map(([, name]) => name);
    // Without `src/` it is in the folder of the first.
    const folder = posix.dirname(names[0]);
    return names.map((name) => posix.join(name.startsWith('src/') ? '' : folder, name).replace(/^src\//, ''));
  });
}

test('ARCHITECTURE.md names every file with unsafe code, and no other', () => {
  const files = filesWithUnsafe();
  const named = namedFiles();
  assert.ok(files.length > 10, 'the sources are read rightly');
  const isNamedBy = (/** @type {string} */ file) => (/** @type {string} */ name) =>
    name === file || (name.endsWith('/') && file.startsWith(name));
  assert.deepEqual(files.filter((file) => !named.some(isNamedBy(file))), [], 'not named');
  assert.deepEqual(named.filter((name) => !files.some((file) => isNamedBy(file)(name))), [], 'without unsafe code');
});
