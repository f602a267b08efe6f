'use strict';

const assert = require('node:assert/strict');
const { resolve } = require('node:path');
const { test } = require('node:test');
const Piscina = require('../..');

const timeout = 60_000;
const handlers = resolve(__dirname, '..', 'fixtures', 'handlers');

/** Notes every worker whose end was told without its beginning, and how many of each were told. */
function watch (pool) {
  const alive = new Set();
  const told = { created: 0, destroyed: 0, strangers: 0 };
  pool.on('workerCreate', (worker) => {
    told.created++;
    alive.add(worker);
  });
  pool.on('workerDestroy', (worker) => {
    told.destroyed++;
    if (!alive.delete(worker)) told.strangers++;
  });
  return told;
}

test('the end of a worker is told behind its beginning, also where it never got ready', { timeout }, async () => {
  const pool = new Piscina({ minThreads: 0, maxThreads: 2, filename: resolve(handlers, 'throws-null.js') });
  const told = watch(pool);
  await Promise.allSettled([pool.run(1), pool.run(2)]);
  await pool.destroy();
  assert.equal(told.strangers, 0);
  assert.equal(told.created, told.destroyed);
});

test('a worker that a close overtakes at its start is told of twice', { timeout }, async () => {
  for (let round = 0; round < 10; round++) {
    const pool = new Piscina({
      filename: resolve(handlers, 'plain.js'),
      minThreads: 2,
      maxThreads: 3,
      loadBalancer: (_, workers) => workers.find(({ currentUsage }) => currentUsage === 0) ?? null
    });
    const told = watch(pool);
    const tasks = [0, 1, 2, 3].map(() => pool.run({}));
    const ended = Promise.allSettled(tasks);
    await pool.destroy();
    await ended;
    assert.equal(told.strangers, 0);
    assert.equal(told.created, told.destroyed);
  }
});
