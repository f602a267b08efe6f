'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures/tasks.js');
const timeout = 30_000;

/** @param {object} [options] */
const makePool = (options) => new Piscina({ filename, name: 'echo', minThreads: 2, maxThreads: 2, ...options });

test('whoever destroys a pool that is being destroyed waits until its threads are gone', { timeout }, async () => {
  const pool = makePool();
  await pool.run(1);
  const exits = pool.threads.map((worker) => once(worker, 'exit'));
  let gone = false;
  const first = pool.destroy();
  Promise.all(exits).then(() => { gone = true; });
  await pool.destroy();
  assert.ok(gone);
  await first;
  assert.equal(await pool.run(2), 2);
  await pool.destroy();
});

test('a listener may destroy the pool whose worker is being given up', { timeout }, async () => {
  const pool = makePool();
  await pool.run(1);
  let calls = 0;
  pool.on('workerDestroy', () => {
    calls++;
    pool.destroy();
  });
  await pool.destroy();
  assert.equal(calls, 2);
  assert.equal(pool.threads.length, 0);
});

test('a listener for \'close\' that throws makes close() reject, and the pool can be used again', { timeout }, async () => {
  const pool = makePool();
  pool.once('close', () => { throw new Error('thrown by a listener'); });
  await assert.rejects(pool.close(), { message: 'thrown by a listener' });
  assert.equal(await pool.run(1), 1);
  await pool.close();
});
