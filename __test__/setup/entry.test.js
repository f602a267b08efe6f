'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '../..');

test('the Workers\' entry names what it requires: tools that collect the files of an application read it', () => {
  const source = readFileSync(join(root, 'lib/worker/entry.js'), 'utf8');
  const required = [...source.matchAll(/require\(([^)]*)\)/g)].map(([, argument]) => argument);
  assert.ok(required.length > 3);
  for (const argument of required) assert.match(argument, /^'[^']+'$/);
});

test('the package loads where a hook gives the source of every CommonJS file', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-hook-'));
  try {
    writeFileSync(join(folder, 'hooks.mjs'), `
      import { readFileSync } from 'node:fs';
      export async function load (url, context, next) {
        const loaded = await next(url, context);
        return loaded.format === 'commonjs' ? { ...loaded, source: readFileSync(new URL(url)) } : loaded;
      }`);
    writeFileSync(join(folder, 'register.mjs'),
      'import { register } from \'node:module\'; register(\'./hooks.mjs\', import.meta.url);');
    writeFileSync(join(folder, 'worker.js'), 'module.exports = (number) => number + 1;');
    writeFileSync(join(folder, 'main.mjs'), `
      import Piscina from ${JSON.stringify(pathToFileURL(join(root, 'index.mjs')).href)};
      const pool = new Piscina({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 1 });
      console.log(await pool.run(1));
      await pool.destroy();`);
    const { stdout, stderr } = spawnSync(process.execPath,
      ['--import', pathToFileURL(join(folder, 'register.mjs')).href, join(folder, 'main.mjs')], { encoding: 'utf8', timeout: 50_000 });
    assert.equal(stdout, '2\n', stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
