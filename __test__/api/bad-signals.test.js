'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures/tasks.js');
const timeout = 30_000;

/** @param {string} message */
const thrower = (message) => () => { throw new Error(message); };

const quiet = { addEventListener () {}, removeEventListener () {} };

/** Signals whose own code fails before the task is accepted. */
const refused = {
  aborted: Object.defineProperty({ ...quiet }, 'aborted', { get: thrower('aborted') }),
  addEventListener: { ...quiet, addEventListener: thrower('addEventListener') },
  once: { once: thrower('once'), off () {} }
};

/** @param {(pool: InstanceType<typeof Piscina>) => Promise<void>} body */
async function withPool (body) {
  const pool = new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1 });
  try {
    await body(pool);
  } finally {
    await pool.destroy();
  }
}

for (const [member, signal] of Object.entries(refused)) {
  for (const kind of ['native', 'custom']) {
    test(`a signal whose ${member} throws: the task rejects with that (${kind} queue)`, { timeout }, async () => {
      const taskQueue = kind === 'custom' ? new Piscina.ArrayTaskQueue() : undefined;
      const pool = new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1, taskQueue });
      await assert.rejects(pool.run(1, { signal }), { message: member });
      assert.equal(await pool.run(2), 2);
      await pool.close();
    });
  }
}

test('a signal whose reason throws: that is the cause', { timeout }, () => withPool(async (pool) => {
  const aborted = Object.defineProperty({ ...quiet, aborted: true }, 'reason', { get: thrower('no reason') });
  await assert.rejects(pool.run(1, { signal: aborted }), { code: 'ABORT_ERR', cause: new Error('no reason') });

  const later = Object.defineProperty(new EventTarget(), 'reason', { get: thrower('no reason') });
  const task = pool.run(60_000, { name: 'wait', signal: later });
  later.dispatchEvent(new Event('abort'));
  await assert.rejects(task, { code: 'ABORT_ERR', cause: new Error('no reason') });
}));

test('a signal that cannot be let go of: the task settles all the same', { timeout }, () => withPool(async (pool) => {
  assert.equal(await pool.run(1, { signal: { addEventListener () {} } }), 1);
}));

test('a signal that throws when it is let go of: an uncaught exception, and the task settles', { timeout }, (t) => {
  const { promise: caught, resolve } = withResolvers();
  // The runner of the tests listens, too, and would count it as a failure.
  const listeners = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', resolve);
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', /** @type {any} */ (listener));
  });
  return withPool(async (pool) => {
    const signal = { ...quiet, removeEventListener: thrower('removeEventListener') };
    assert.equal(await pool.run(1, { signal }), 1);
    assert.equal((await caught).message, 'removeEventListener');
  });
});

test('a signal that fires while the pool begins to listen aborts the task', { timeout }, () => withPool(async (pool) => {
  const signal = { ...quiet, addEventListener (/** @type {string} */ _, /** @type {() => void} */ listen) { listen(); } };
  await assert.rejects(pool.run(1, { signal }), { code: 'ABORT_ERR' });
  assert.equal(await pool.run(2), 2);
}));

function withResolvers () {
  let resolve;
  const promise = new Promise((settle) => { resolve = settle; });
  return { promise, resolve };
}
