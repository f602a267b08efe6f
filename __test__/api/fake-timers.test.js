'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures/tasks.js');

/** What libraries of fake timers put something else in the place of. */
const faked = ['setImmediate', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'queueMicrotask', 'performance'];

test('a pool works on while timers and the clock stand still', { timeout: 30_000 }, async (t) => {
  const pool = new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1 });
  let drained = 0;
  pool.on('drain', () => { drained++; });
  assert.equal(await pool.run(0), 0);

  const real = new Map(faked.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  t.after(() => { for (const [name, descriptor] of real) Object.defineProperty(globalThis, name, descriptor); });
  for (const name of faked) {
    const value = name === 'performance' ? { now: () => 0 } : () => ({ ref () {}, unref () {} });
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const before = drained;
  for (let task = 1; task <= 100; task++) assert.equal(await pool.run(task), task);
  await pool.close();
  assert.ok(drained > before);
});

test('a pool works that is loaded when they stand still already', { timeout: 30_000 }, () => {
  const fixture = path.join(__dirname, 'fixtures/under-fake-timers.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [fixture], { encoding: 'utf8', timeout: 25_000 });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, 'workerCreate,needsDrain,drain,needsDrain,drain thrown by a listener\n');
});
