'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { bundle, makeBundle } = require('../../ci/bundle');

const advice = 'lib/ was changed: run `node ci/bundle.js`';

test('what the Workers load is made of the sources as they are', async () => {
  assert.equal(readFileSync(bundle, 'utf8'), await makeBundle(), advice);
});

test('it requires by name only what stays a file of its own', () => {
  const required = [...readFileSync(bundle, 'utf8').matchAll(/require\("(\.[^"]+)"\)/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(required)].sort(),
    ['../bulk', '../codec/error-carrier', '../codec/substitute', '../errors', '../find-addon', '../host', '../thread-state', '../transfer']);
  for (const name of required) assert.ok(require.resolve(path.resolve(path.dirname(bundle), name)));
});

test('a Worker loads it', async () => {
  const Piscina = require('../..');
  const pool = new Piscina({ filename: path.join(__dirname, 'fixtures/loaded.js'), maxThreads: 1 });
  try {
    const loaded = await pool.run('lib/worker');
    assert.ok(loaded.includes('lib/worker/loop.bundle.js'), loaded.join());
    assert.ok(!loaded.includes('lib/worker/loop.js'), loaded.join());
  } finally {
    await pool.destroy();
  }
});
