'use strict';

// runTask(), which packages made for piscina 3 and 4 call when an override gives them rockpool.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');

const { Piscina } = require('../..');

const filename = join(__dirname, 'fixtures', 'run-task.js');
const other = join(__dirname, 'fixtures', 'any-name.js');
const bounded = { timeout: 60_000 };

/** @param {import('node:test').TestContext} t @param {object} [options] */
function createPool (t, options) {
  const pool = new Piscina({ filename, maxThreads: 1, ...options });
  t.after(() => pool.destroy());
  return pool;
}

test('runTask() takes a transfer list, a file and a signal, each of which may be left out', bounded, async (t) => {
  const pool = createPool(t, { name: 'named' });
  const never = () => new AbortController().signal;
  for (const args of [[], [[]], [[], filename], [[], filename, never()], [filename], [filename, never()], [[], never()], [never()],
    [undefined, undefined, undefined], [undefined, filename], [undefined, never()], [null], [[], null], [[], '', null]]) {
    // The default export, whatever the pool's name is: piscina knew no other here.
    assert.equal(await pool.runTask(20, ...args), 21, JSON.stringify(args));
  }
  assert.equal(await pool.run(20), 'named 20');
  assert.equal(await pool.runTask(20, other), await pool.run(20, { filename: other, name: 'default' }));
  const buffer = new ArrayBuffer(8);
  await pool.runTask(buffer, [buffer]);
  assert.equal(buffer.byteLength, 0);
});

test('the signal of runTask() aborts, wherever it stands', bounded, async (t) => {
  const pool = createPool(t);
  const signal = AbortSignal.abort();
  for (const args of [[signal], [filename, signal], [[], signal], [[], filename, signal]]) {
    await assert.rejects(pool.runTask(1, ...args), { name: 'AbortError' });
  }
});

test('runTask() rejects what is wrong', bounded, async (t) => {
  const pool = createPool(t);
  for (const [args, message] of [[[5], /transferList/], [[[], 5], /filename/], [[[], filename, 5], /signal/]]) {
    await assert.rejects(pool.runTask(1, ...args), { name: 'TypeError', message });
  }
});

test('runTask() warns once', bounded, () => {
  const script = `
    const pool = new (require(${JSON.stringify(join(__dirname, '..', '..'))}))({ filename: ${JSON.stringify(filename)} });
    const warnings = [];
    process.on('warning', ({ name, code }) => warnings.push([name, code]));
    Promise.all([pool.runTask(1), pool.runTask(2)]).then((results) => {
      console.log(JSON.stringify({ results, warnings }));
      return pool.destroy();
    });`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { results, warnings } = JSON.parse(execFileSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8', env }));
  assert.deepEqual(results, [2, 3]);
  assert.deepEqual(warnings, [['DeprecationWarning', 'ROCKPOOL_DEP0001']]);
});
