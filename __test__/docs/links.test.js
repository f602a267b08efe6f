'use strict';

const assert = require('node:assert/strict');
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { test } = require('node:test');

const { anchorsOf, linksOf, pages, read, root } = require('./markdown');

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    for (const link of linksOf(page)) {
      const [path, anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
      assert.ok(existsSync(join(root, target)), `${link} does not exist`);
      if (anchor !== undefined && target.endsWith('.md')) {
        assert.ok(anchorsOf(read(target)).includes(anchor), `${link} names no heading`);
      }
    }
  });
}

test('the files that ARCHITECTURE.md names exist', () => {
  const paths = [...read('ARCHITECTURE.md').matchAll(/`((?:lib|src|ci|docs|__test__)\/[\w./-]*)`/g)].map(([, path]) => path);
  assert.ok(paths.length > 20);
  assert.deepEqual(paths.filter((path) => !existsSync(join(root, path))), []);
});
