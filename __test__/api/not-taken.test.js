'use strict';

// A task that was given to a worker, and not taken by it, is not lost with that worker.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = join(__dirname, 'fixtures/tasks.js');
const bounded = { timeout: 30_000 };

/** @param {any} _ @param {any[]} workers */
const first = (_, workers) => workers[0] ?? null;

/**
 * @param {{ after: (end: () => Promise<void>) => void }} t
 * @param {object} [options]
 */
function makePool (t, options) {
  const pool = new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1, loadBalancer: first, ...options });
  t.after(() => pool.destroy());
  return pool;
}

/**
 * Starts a task that holds its worker up until it is aborted.
 *
 * @param {InstanceType<typeof Piscina>} pool
 * @param {object} [options]
 * @returns {Promise<{ outcome: Promise<any> }>} once it has begun
 */
async function block (pool, options) {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const outcome = pool.run(begun, { name: 'block', ...options });
  outcome.catch(() => {});
  while (Atomics.load(begun, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  return { outcome };
}

/** @param {unknown} value */
const byPort = (value) => ({ value, shared: new Int32Array(new SharedArrayBuffer(4)) });

/** @type {Array<[string, () => { value: any, expected?: any, transferList?: any[] }]>} */
const lanes = [
  ['inline', () => ({ value: { a: [1, 'two'] } })],
  ['by port', () => ({ value: byPort('a') })],
  ['by port, transferred', () => {
    const value = new Uint8Array([1, 2, 3]);
    return { value, expected: new Uint8Array([1, 2, 3]), transferList: [value.buffer] };
  }],
  ['by port, large', () => ({ value: new Uint8Array(2 << 20).fill(7) })]
];

/** @param {InstanceType<typeof Piscina>} pool */
function runEach (pool) {
  const tasks = lanes.slice(0, 1).map(([lane, make]) => {
    const { value, expected = value, transferList } = make();
    return { lane, expected, result: pool.run(value, transferList && { transferList }) };
  });
  return async () => {
    for (const { lane, expected, result } of tasks) assert.deepEqual(await result, expected, lane);
  };
}

test('tasks that a balancer gave to the worker of an aborted one run on the next worker', bounded, async (t) => {
  const pool = makePool(t);
  const controller = new AbortController();
  const { outcome } = await block(pool, { signal: controller.signal });
  const haveRun = runEach(pool);
  const last = pool.run('last', { name: 'threadOf' });
  const { threadId } = pool.threads[0];
  controller.abort();
  await assert.rejects(outcome, { name: 'AbortError' });
  await haveRun();
  const result = await last;
  assert.equal(result.value, 'last');
  assert.notEqual(result.threadId, threadId);
});

test('tasks that a balancer gave to a worker that is lost run on the next one', bounded, async (t) => {
  const pool = makePool(t);
  const { outcome } = await block(pool);
  const haveRun = runEach(pool);
  pool.threads[0].terminate();
  await assert.rejects(outcome, { code: 'ERR_ROCKPOOL_WORKER_EXITED' });
  await haveRun();
});

test('tasks that come back start in their order, before all that wait', bounded, async (t) => {
  const order = /** @type {number[]} */ ([]);
  let full = false;
  const pool = makePool(t, {
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => full ? null : workers[0] ?? null
  });
  const controller = new AbortController();
  await block(pool, { signal: controller.signal });
  const run = (/** @type {number} */ index) => pool.run(index).then(() => order.push(index));
  const tasks = [0, 1, 2, 3].map(run);
  full = true;
  tasks.push(...[4, 5].map(run));
  full = false;
  controller.abort();
  await Promise.all(tasks);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

for (const [lane, make] of lanes) {
  test(`an abort of a task that a worker has not started leaves that worker alone (${lane})`, bounded, async (t) => {
    const pool = makePool(t);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const running = pool.run({ gate, count: 2 }, { name: 'meet' });
    const controller = new AbortController();
    const { value, transferList } = make();
    const aborted = pool.run(value, { signal: controller.signal, transferList });
    const haveRun = runEach(pool);
    controller.abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    Atomics.add(gate, 0, 1);
    assert.equal(await running, 2);
    await haveRun();
    assert.equal(pool.threads.length, 1);
  });
}

test('destroy() rejects what a worker was given and has not taken, and a pool that goes on knows nothing of it', bounded, async (t) => {
  const pool = makePool(t, { loadBalancer: undefined, atomics: 'async' });
  await pool.run(0);
  const blocked = pool.run(new Int32Array(new SharedArrayBuffer(4)), { name: 'block' });
  const tasks = [pool.run(1), pool.run(byPort(1)), blocked].map((task) => assert.rejects(task, { message: 'Terminating worker thread' }));
  await pool.destroy();
  await Promise.all(tasks);
  assert.deepEqual(await pool.run(byPort(2)), byPort(2));
  assert.equal(pool.queueSize, 0);
});
