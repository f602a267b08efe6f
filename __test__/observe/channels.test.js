'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { subscribe, tracingChannel, unsubscribe } = require('node:diagnostics_channel');
const { once } = require('node:events');
const { join } = require('node:path');
const { afterEach, describe, test } = require('node:test');

const { Piscina } = require('../..');

const timeout = 60_000;
const filename = join(__dirname, 'fixtures', 'tasks.js');
const phases = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

/** @type {(() => unknown)[]} */
const endings = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** @param {object} [options] */
function makePool (options) {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, ...options });
  endings.push(() => pool.destroy());
  return pool;
}

/** Subscribes to the life of tasks: what is heard, in its order. */
function listen () {
  const heard = [];
  const subscribers = Object.fromEntries(phases.map((phase) => [phase, (message) => heard.push({ phase, message })]));
  const tasks = tracingChannel('rockpool.task');
  tasks.subscribe(subscribers);
  endings.push(() => tasks.unsubscribe(subscribers));
  return heard;
}

/** @param {(number | null)[]} times that are known */
function assertTimes (...times) {
  for (const time of times) assert.ok(typeof time === 'number' && time >= 0, String(time));
}

/**
 * @param {string} name
 */
function listenTo (name) {
  const heard = [];
  const listener = (message) => heard.push(message);
  subscribe(name, listener);
  endings.push(() => unsubscribe(name, listener));
  return heard;
}

describe('the tracing channel of tasks', () => {
  for (const directed of [false, true]) {
    const options = directed ? { loadBalancer: (_task, workers) => workers[0] ?? null } : {};
    const where = directed ? 'with a load balancer' : 'natively';

    test(`a task ${where}: one message from its start to its end`, { timeout }, async () => {
      const pool = makePool(options);
      const heard = listen();
      const task = { a: 1 };
      const promise = pool.run(task, { name: 'echo' });
      assert.deepEqual(heard.map(({ phase }) => phase), ['start', 'end']);
      const [{ message }] = heard;
      assert.equal(message.pool, pool);
      assert.equal(message.task, task);
      assert.deepEqual(
        [message.filename, message.name, message.kernel, message.threadId, message.outcome],
        [filename, 'echo', null, null, null]);
      const result = await promise;
      assert.deepEqual(result, { a: 1 });
      assert.deepEqual(heard.map(({ phase }) => phase), ['start', 'end', 'asyncStart', 'asyncEnd']);
      assert.ok(heard.every((entry) => entry.message === message));
      assert.equal(message.result, result);
      assert.deepEqual([message.threadId, message.outcome], [pool.threads[0].threadId, 'succeeded']);
      assertTimes(message.waitTime, message.runTime);
    });
  }

  test('a task that throws: the error, before its end', { timeout }, async () => {
    const pool = makePool();
    const heard = listen();
    const error = await pool.run(null, { name: 'fail' }).catch((thrown) => thrown);
    assert.deepEqual(heard.map(({ phase }) => phase), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    assert.equal(heard[2].message.error, error);
    assert.equal(heard[2].message.outcome, 'failed');
  });

  test('what is refused at once has no outcome', { timeout }, async () => {
    const pool = makePool();
    const heard = listen();
    await assert.rejects(pool.run(null, { transferList: 1 }), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
    assert.deepEqual(heard.map(({ phase }) => phase), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    assert.equal(heard[0].message.outcome, null);
  });

  test('tasks that are aborted while they run and while they wait', { timeout }, async () => {
    const pool = makePool();
    const heard = listen();
    const controller = new AbortController();
    const running = pool.run(null, { name: 'never', signal: controller.signal });
    while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
    const [{ threadId }] = pool.threads;
    const waiting = pool.run(null, { name: 'echo', signal: controller.signal });
    controller.abort();
    await assert.rejects(running, { name: 'AbortError' });
    await assert.rejects(waiting, { name: 'AbortError' });
    const ended = heard.filter(({ phase }) => phase === 'asyncEnd').map(({ message }) => message);
    assert.deepEqual(ended.map(({ outcome }) => outcome), ['aborted', 'aborted']);
    assert.deepEqual(ended.map((message) => message.threadId), [threadId, null]);
    assertTimes(ended[0].waitTime);
    assert.deepEqual([ended[0].runTime, ended[1].waitTime], [null, null]);
  });

  test('a task whose Worker ends says which it was', { timeout }, async () => {
    const pool = makePool();
    const heard = listen();
    await pool.run(null, { name: 'echo' });
    const [{ threadId }] = pool.threads;
    await assert.rejects(pool.run(null, { name: 'exit' }), { code: 'ERR_ROCKPOOL_WORKER_EXITED' });
    const { message } = heard.at(-1);
    assert.deepEqual([message.threadId, message.outcome], [threadId, 'failed']);
  });

  test('without recordTiming times are unknown', { timeout }, async () => {
    const pool = makePool({ recordTiming: false });
    const heard = listen();
    await pool.run(1, { name: 'echo' });
    const { message } = heard.at(-1);
    assert.deepEqual([message.waitTime, message.runTime, message.outcome], [null, null, 'succeeded']);
  });

  test('kernels of a pool are tasks', { timeout }, async () => {
    const pool = makePool();
    const heard = listen();
    const bytes = new Uint8Array(1_000);
    const { value } = await pool.kernel('blake3', bytes);
    await pool.kernel(Piscina.kernels.pipeline([['blake3']]), new Uint8Array(10));
    const ended = heard.filter(({ phase }) => phase === 'asyncEnd').map(({ message }) => message);
    assert.deepEqual(ended.map(({ kernel }) => kernel), ['blake3', 'pipeline']);
    assert.equal(ended[0].task, bytes);
    assert.equal(ended[0].result.value, value);
    assert.deepEqual([ended[0].filename, ended[0].threadId, ended[0].outcome], [null, null, 'succeeded']);
  });

  test('a store that is bound to the start lasts until the end', { timeout }, async () => {
    const pool = makePool();
    const storage = new AsyncLocalStorage();
    const { start } = tracingChannel('rockpool.task');
    const seen = [];
    start.bindStore(storage, ({ task }) => `span of ${task}`);
    endings.push(() => start.unbindStore(storage));
    const listener = () => seen.push(storage.getStore());
    subscribe('tracing:rockpool.task:asyncEnd', listener);
    endings.push(() => unsubscribe('tracing:rockpool.task:asyncEnd', listener));
    await Promise.all([pool.run(1, { name: 'echo' }), pool.run(2, { name: 'echo' })]);
    assert.deepEqual(seen, ['span of 1', 'span of 2']);
    assert.equal(storage.getStore(), undefined);
  });

  test('tasks from before the subscription and after its end are not told of', { timeout }, async () => {
    const pool = makePool();
    const before = pool.run(1, { name: 'echo' });
    const heard = listen();
    await before;
    await endings.pop()();
    await pool.run(2, { name: 'echo' });
    assert.deepEqual(heard, []);
  });
});

test('a pool and its Workers tell of their lives', { timeout }, async () => {
  const heard = [];
  for (const name of ['pool.create', 'worker.create', 'worker.ready', 'worker.exit']) {
    const listener = (message) => {
      heard.push(name);
      // A whole pool, even to those who hear of its first Worker.
      assert.equal(typeof message.pool.stats().age, 'number');
    };
    subscribe(`rockpool.${name}`, listener);
    endings.push(() => unsubscribe(`rockpool.${name}`, listener));
  }
  const exits = listenTo('rockpool.worker.exit');
  const ready = listenTo('rockpool.worker.ready');
  const pool = makePool();
  assert.deepEqual(heard, ['pool.create', 'worker.create']);
  await pool.run(1, { name: 'echo' });
  const [{ threadId }] = pool.threads;
  assert.equal(ready[0].threadId, threadId);
  assert.equal(ready[0].worker.id, threadId);
  await assert.rejects(pool.run(null, { name: 'exit' }));
  assert.equal(exits.length, 1);
  assert.deepEqual([exits[0].threadId, exits[0].exitCode, exits[0].pool], [threadId, 3, pool]);
  await pool.destroy();
  const count = (name) => heard.filter((other) => other === name).length;
  assert.equal(count('pool.create'), 1);
  assert.equal(count('worker.exit'), count('worker.create'));
});

test('a pool tells when it is full and when it is so no more', { timeout }, async () => {
  const full = listenTo('rockpool.pool.needsDrain');
  const drained = listenTo('rockpool.pool.drain');
  const pool = makePool();
  const drain = once(pool, 'drain');
  await pool.run(1, { name: 'echo' });
  await drain;
  assert.deepEqual([full[0].pool, drained[0].pool], [pool, pool]);
});
