'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const { AbortError, codes } = require('../../lib/errors');

const root = join(__dirname, '..', '..');
const timeout = 30_000;

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8');

/** @param {string} code */
const classOf = (code) => code === 'ABORT_ERR' ? AbortError.prototype.name : codes[code].base.name;

test('docs/errors.md has every code, in order, with its class and when one sees it', { timeout }, () => {
  const documented = [...read('docs/errors.md').matchAll(/^\| `(\w+)` \| (\w+Error|Error) \| (.*) \|$/gm)]
    .map(([, code, base, doc]) => ({ code, base, doc }));
  const expected = Object.entries(codes).map(([code, { doc }]) => ({ code, base: classOf(code), doc }));
  assert.deepEqual(documented, expected);
});

test('docs/errors.md shows the messages as they are', { timeout }, () => {
  const shown = [...read('docs/errors.md').split('\n## Messages')[1].split('\n## ')[0].matchAll(/^\| `(\w+)` \| (.*) \|$/gm)];
  assert.ok(shown.length > 0);
  for (const [, code, message] of shown) {
    const argument = /\b(?:N|FILE)$/.exec(message)?.[0];
    assert.equal(message, codes[code].message(argument), code);
  }
});

test('index.d.ts declares every code', { timeout }, () => {
  const union = /export type ErrorCode =([^;]*);/.exec(read('index.d.ts'))?.[1] ?? '';
  assert.deepEqual([...union.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort(), Object.keys(codes).sort());
});

test('every code of the native side is documented', { timeout }, () => {
  const native = [...read('src/error.rs').matchAll(/=> "(\w+)"/g)].map(([, code]) => code);
  assert.ok(native.length > 0);
  assert.deepEqual(native.filter((code) => !(code in codes)), []);
});

test('no page names a code that does not exist', { timeout }, () => {
  for (const page of ['README.md', 'docs/api.md', 'docs/errors.md', 'docs/kernels.md', 'docs/migrating-from-piscina.md', 'docs/operating.md']) {
    const unknown = [...read(page).matchAll(/\bERR_ROCKPOOL_\w*[A-Z]\b/g)].filter(([code]) => !(code in codes));
    assert.deepEqual(unknown.map(([code]) => code), [], page);
  }
});
