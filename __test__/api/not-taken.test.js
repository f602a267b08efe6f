'use strict';

// A task that was given to a worker, and not taken by it, is not lost with that worker, and does not wait for it.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = join(__dirname, 'fixtures/tasks.js');
const hindered = join(__dirname, 'fixtures/hindered.js');
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
  const tasks = lanes.map(([lane, make]) => {
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
  const run = (/** @type {number} */ index) => pool.run(index % 2 ? index : byPort(index)).then(() => order.push(index));
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

test('tasks that a balancer gave to a booting worker run on the next one if the abort of another one ends it', bounded, async (t) => {
  const pool = makePool(t);
  const controller = new AbortController();
  const aborted = pool.run(1, { signal: controller.signal });
  const haveRun = runEach(pool);
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await haveRun();
});

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

for (const [lane, make] of lanes) {
  test(`a task for a worker that dies once while it loads runs on the next one (${lane})`, bounded, async (t) => {
    const loads = new Int32Array(new SharedArrayBuffer(8));
    const pool = makePool(t, { filename: hindered, loadBalancer: undefined, workerData: { loads, dies: true } });
    const { value, expected = value, transferList } = make();
    assert.deepEqual(await pool.run(value, transferList && { transferList }), expected);
    assert.equal(Atomics.load(loads, 0), 2);
  });

  test(`a task for a worker that takes long to load runs on another one (${lane})`, bounded, async (t) => {
    const loads = new Int32Array(new SharedArrayBuffer(8));
    const pool = makePool(t, {
      filename: hindered, loadBalancer: undefined, minThreads: 2, maxThreads: 2, workerData: { loads, dies: false }
    });
    const tasks = Array.from({ length: 4 }, () => {
      const { value, expected = value, transferList } = make();
      return { expected, result: pool.run(value, transferList && { transferList }) };
    });
    for (const { expected, result } of tasks) assert.deepEqual(await result, expected);
    assert.equal(Atomics.load(loads, 1), 0, 'the first worker still loads');
    Atomics.store(loads, 1, 1);
    Atomics.notify(loads, 1);
  });

  for (const atomics of ['async', 'disabled']) {
    test(`a task passes over a worker whose event loop is held up (atomics '${atomics}', ${lane})`, bounded, async (t) => {
      const pool = makePool(t, { loadBalancer: undefined, atomics, minThreads: 2, maxThreads: 2 });
      const open = await holdUpFirst(pool);
      const { value, expected = value, transferList } = make();
      assert.deepEqual(await pool.run(value, transferList && { transferList }), expected);
      open();
      // And nothing is left of it there.
      const { threadId } = pool.threads[0];
      await Promise.all(Array.from({ length: 20 }, async () => assert.deepEqual(await pool.run(byPort(1)), byPort(1))));
      assert.equal(pool.threads[0].threadId, threadId);
    });
  }

  test(`a task for a worker that dies of what it has left behind runs on the next one (${lane})`, bounded, async (t) => {
    const pool = makePool(t, { loadBalancer: undefined, atomics: 'async' });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    pool.on('error', () => {});
    await pool.run({ gate, fails: true }, { name: 'holdUp' });
    await until(() => Atomics.load(gate, 1) === 1);
    const { value, expected = value, transferList } = make();
    const result = pool.run(value, transferList && { transferList });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.deepEqual(await result, expected);
  });
}

test('an abort of a task whose worker was passed over has one outcome', bounded, async (t) => {
  const pool = makePool(t, { loadBalancer: undefined, atomics: 'async', minThreads: 2, maxThreads: 2 });
  for (let round = 0; round < 5; round++) {
    const open = await holdUpFirst(pool);
    const controllers = Array.from({ length: 4 }, () => new AbortController());
    const tasks = controllers.map(({ signal }) => pool.run(byPort(round), { signal }));
    const outcomes = Promise.allSettled(tasks);
    if (round % 2 === 0) await tasks[0];
    open();
    controllers[round % 4].abort();
    for (const [index, { status, reason }] of (await outcomes).entries()) {
      if (status === 'rejected') assert.ok(index === round % 4 && reason.name === 'AbortError', String(reason));
    }
  }
  assert.equal(await pool.run(1), 1);
});

for (const atomics of ['sync', 'async', 'disabled']) {
  test(`a task by port starts while the main thread is blocked, whatever its worker does (atomics '${atomics}')`, bounded, async (t) => {
    const pool = makePool(t, { loadBalancer: undefined, atomics, name: 'begin' });
    // It boots, and waits for a task.
    for (let round = 0; round < 2; round++) {
      const value = byPort(round);
      const task = pool.run(value);
      // It may have begun before this thread waits.
      assert.notEqual(Atomics.wait(value.shared, 0, 0, 20_000), 'timed-out');
      await task;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** @param {() => boolean} condition */
async function until (condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/**
 * Holds the event loop of the first of two workers up, which has no task meanwhile; the other one is free.
 *
 * @param {InstanceType<typeof Piscina>} pool
 * @returns {Promise<() => void>} ends it
 */
async function holdUpFirst (pool) {
  const together = new Int32Array(new SharedArrayBuffer(4));
  const gates = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(8)));
  const ids = await Promise.all(gates.map((gate) => pool.run({ gate, together }, { name: 'holdUp' })));
  await until(() => gates.every((gate) => Atomics.load(gate, 1) === 1));
  const open = (/** @type {Int32Array} */ gate) => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  const first = ids.indexOf(pool.threads[0].threadId);
  open(gates[1 - first]);
  await until(() => Atomics.load(gates[1 - first], 1) === 2);
  return () => open(gates[first]);
}
