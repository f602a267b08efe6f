'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');
const { ArrayTaskQueue } = Piscina;

const filename = path.join(__dirname, 'fixtures/tasks.js');
const timeout = 30_000;

/**
 * Collects the uncaught exceptions of one test. (The runner listens, too, and would count them as failures.)
 *
 * @param {import('node:test').TestContext} t
 */
function collectUncaught (t) {
  /** @type {any[]} */
  const caught = [];
  const listeners = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => { caught.push(error); });
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', /** @type {any} */ (listener));
  });
  return caught;
}

/** @param {object} options */
const makePool = (options) => new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1, ...options });

test('a queue that gives what it was not given: the pool says so and goes on', { timeout }, async (t) => {
  const caught = collectUncaught(t);
  let garbage = 1;
  class Garbage extends ArrayTaskQueue {
    shift () { return garbage-- > 0 ? { garbage: true } : super.shift(); }
  }
  const pool = makePool({ taskQueue: new Garbage() });
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map((task) => pool.run(task))), [1, 2, 3, 4]);
  assert.deepEqual(caught.map(({ code, argument }) => [code, argument]), [['ERR_ROCKPOOL_INVALID_ARGUMENT', 'taskQueue']]);
  assert.equal(pool.completed, 4);
  await pool.close();
});

test('a queue that gives a task twice: it runs once', { timeout }, async () => {
  class Twice extends ArrayTaskQueue {
    shift () {
      const task = super.shift();
      if (task !== null && !task.seen) {
        task.seen = true;
        this.tasks.push(task);
      }
      return task;
    }
  }
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const pool = makePool({ taskQueue: new Twice(), filename: path.join(__dirname, 'fixtures/count.js'), name: 'default' });
  await Promise.all(Array.from({ length: 20 }, () => pool.run(counter)));
  assert.equal(counter[0], 20);
  await pool.close();
  assert.equal(counter[0], 20);
});

test('a queue that throws when a task is removed: the abort rejects it, and all others of the signal', { timeout }, async (t) => {
  const caught = collectUncaught(t);
  class Keeps extends ArrayTaskQueue {
    remove () { throw new Error('thrown by remove'); }
  }
  const pool = makePool({ taskQueue: new Keeps() });
  const first = pool.run(100, { name: 'wait' });
  const controller = new AbortController();
  const tasks = [1, 2, 3].map((task) => pool.run(task, { signal: controller.signal }));
  controller.abort();
  for (const { reason } of await Promise.allSettled(tasks)) assert.equal(reason?.code, 'ABORT_ERR');
  await first;
  assert.equal(await pool.run(5), 5);
  await pool.close();
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(caught.map(({ message }) => message), Array(3).fill('thrown by remove'));
});

test('a queue that throws when it is emptied does not keep the pool from its end', { timeout }, async (t) => {
  const caught = collectUncaught(t);
  let broken = false;
  class Breaks extends ArrayTaskQueue {
    shift () {
      if (broken) throw new Error('thrown by shift');
      return super.shift();
    }
  }
  const pool = makePool({ taskQueue: new Breaks() });
  const tasks = [0, 1, 2].map(() => pool.run(60_000, { name: 'wait' }));
  broken = true;
  const ended = pool.destroy();
  for (const { reason } of await Promise.allSettled(tasks)) {
    assert.equal(reason?.code, 'ERR_ROCKPOOL_THREAD_TERMINATION');
  }
  await ended;
  broken = false;
  // What user code has thrown is thrown again in a turn of its own.
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual([...new Set(caught.map(({ message }) => message))], ['thrown by shift']);
  assert.equal(pool.threads.length, 0);
  assert.equal(await pool.run(1), 1);
  await pool.destroy();
});

test('a balancer that chooses another pool\'s worker chooses none', { timeout }, async () => {
  let foreign = null;
  const other = makePool({
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => {
      foreign = workers[0];
      return workers[0];
    }
  });
  assert.equal(await other.run(1), 1);
  let useForeign = true;
  const pool = makePool({
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => useForeign ? foreign : workers[0] ?? null
  });
  const task = pool.run(2);
  assert.equal(foreign.currentUsage, 0);
  useForeign = false;
  assert.equal(await pool.run(3), 3);
  assert.equal(await task, 2);
  await Promise.all([pool.close(), other.close()]);
});
