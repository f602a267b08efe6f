'use strict';

// Values that cannot be cloned: a DataCloneError, and the worker lives. Nothing that a worker gives, throws or posts
// breaks the main thread.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures', 'bad', 'values.js');
const { tables } = require('./fixtures/bad/values.js');
const timeout = 60_000;

/** @param {import('node:test').TestContext} t */
async function startPool (t) {
  const pool = new Piscina({ filename, maxThreads: 1 });
  t.after(() => pool.destroy());
  const thread = await pool.run(undefined, { name: 'thread' });
  return {
    pool,
    async lives () {
      assert.equal(await pool.run(undefined, { name: 'thread' }), thread, 'the worker died');
      assert.equal(/** @type {any} */ ({}).polluted, undefined, 'Object.prototype was changed');
    }
  };
}

const isDataCloneError = (/** @type {any} */ error) => {
  assert.equal(error?.name, 'DataCloneError', `${error}`);
  assert.equal(error.code, 25);
  return true;
};

for (const [name, make] of Object.entries(tables.uncloneable)) {
  test(`a task that cannot be cloned rejects: ${name}`, { timeout }, async (t) => {
    const { pool, lives } = await startPool(t);
    await assert.rejects(pool.run(make()), isDataCloneError);
    await assert.rejects(pool.run({ value: make() }), isDataCloneError);
    await lives();
  });

  test(`a result that cannot be cloned rejects: ${name}`, { timeout }, async (t) => {
    const { pool, lives } = await startPool(t);
    await assert.rejects(pool.run({ kind: 'uncloneable', name }, { name: 'give' }), isDataCloneError);
    await lives();
  });
}

for (const [name, make] of Object.entries(tables.throwing)) {
  if (!name.includes('then')) {
    test(`a task that throws while it is cloned rejects: ${name}`, { timeout }, async (t) => {
      const { pool, lives } = await startPool(t);
      // A proxy is refused before its traps are asked, as structuredClone() does.
      await assert.rejects(pool.run(make()), ({ name, message }) => (name === 'RangeError' && message === 'from the trap') || name === 'DataCloneError');
      await lives();
    });
  }

  test(`a result that throws while it is awaited or cloned rejects: ${name}`, { timeout }, async (t) => {
    const { pool, lives } = await startPool(t);
    await assert.rejects(pool.run({ kind: 'throwing', name }, { name: 'give' }), { name: 'RangeError', message: 'from the trap' });
    await lives();
  });
}

for (const [name, make] of Object.entries(tables.odd)) {
  test(`an odd result arrives as structured clone gives it: ${name}`, { timeout }, async (t) => {
    const { pool, lives } = await startPool(t);
    assert.deepEqual(await pool.run({ kind: 'odd', name }, { name: 'give' }), structuredClone(await make()));
    await lives();
  });
}

for (const name of Object.keys(tables.thrown)) {
  test(`whatever a task throws, its promise rejects: ${name}`, { timeout }, async (t) => {
    const { pool, lives } = await startPool(t);
    const { status } = await Promise.allSettled([pool.run(name, { name: 'raise' })]).then(([outcome]) => outcome);
    assert.equal(status, 'rejected');
    await lives();
  });
}

test('what is lost with an error that cannot be cloned whole is only what cannot be', { timeout }, async (t) => {
  const { pool } = await startPool(t);
  await assert.rejects(pool.run('function property', { name: 'raise' }), (error) => error instanceof Error && error.message === 'odd' && !('callback' in error));
  await assert.rejects(pool.run('own __proto__', { name: 'raise' }), (error) => error instanceof Error && Object.getPrototypeOf(error) === Error.prototype);
  await assert.rejects(pool.run('cyclic cause', { name: 'raise' }), (error) => error instanceof Error && error.message === 'odd');
  await assert.rejects(pool.run('number', { name: 'raise' }), (error) => error === 7);
});

test('whatever a worker posts on its parentPort is a message event and nothing else', { timeout }, async (t) => {
  const { pool, lives } = await startPool(t);
  /** @type {any[]} */
  const messages = [];
  pool.on('message', (message) => messages.push(message));
  pool.on('error', (error) => assert.fail(error));
  const count = await pool.run(undefined, { name: 'count' });
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    await Promise.all([pool.run(undefined, { name: 'post' }), pool.run({ kind: 'odd', name: 'own then' }, { name: 'give' })]);
  }
  await lives();
  while (messages.length < count * rounds) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(messages.length, count * rounds);
  assert.deepEqual(messages.slice(0, 5), [undefined, null, 0, -1, NaN]);
  assert.equal(pool.threads.length, 1);
  assert.equal(pool.queueSize, 0);
});

test('a message listener that throws is the caller\'s error, and the pool runs on', { timeout }, async (t) => {
  const { pool, lives } = await startPool(t);
  /** @type {any[]} */
  const uncaught = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  pool.once('message', () => { throw new RangeError('the listener'); });
  await pool.run(undefined, { name: 'post' });
  while (uncaught.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(uncaught[0].message, 'the listener');
  await lives();
});
