'use strict';

const assert = require('node:assert/strict');
const { on } = require('node:events');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');

const Piscina = require('../..');
const { ArrayTaskQueue } = Piscina;

const filename = path.join(__dirname, 'fixtures/tasks.js');
const timeout = 30_000;

/** @type {InstanceType<typeof Piscina>[]} */
const pools = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.destroy())));

/** @param {object} options */
function makePool (options) {
  const pool = new Piscina({ filename, name: 'echo', minThreads: 0, maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

/** A queue that gives nothing while it is closed. */
class Gate extends ArrayTaskQueue {
  open = false;
  /** @type {number[]} When it was asked. */
  asked = [];

  shift () {
    this.asked.push(performance.now());
    return this.open ? super.shift() : null;
  }
}

test('a balancer that refuses the first worker that it sees is asked again', { timeout }, async () => {
  let refused = false;
  const pool = makePool({
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => {
      if (refused) return workers[0] ?? null;
      refused = workers.length > 0;
      return null;
    }
  });
  assert.equal(await pool.run(1), 1);
  assert.ok(refused);
});

for (const minThreads of [0, 1]) {
  test(`a queue that opens by itself is asked again, with minThreads ${minThreads}`, { timeout }, async () => {
    const gate = new Gate();
    const pool = makePool({ taskQueue: gate, minThreads });
    // With a worker that is free, the second one would go past the queue.
    if (minThreads === 1) pool.run(1, { name: 'wait' });
    const task = pool.run(1);
    await sleep(300);
    gate.open = true;
    assert.equal(await task, 1);
  });
}

test('who always refuses makes no storm, and the workers end when their task is given up', { timeout }, async () => {
  const threads = { created: 0, destroyed: 0 };
  const asked = [];
  const pool = makePool({
    maxThreads: 2,
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => {
      asked.push({ at: performance.now(), workers: workers.length });
      return null;
    }
  });
  pool.on('workerCreate', () => { threads.created++; });
  pool.on('workerDestroy', () => { threads.destroyed++; });
  const controller = new AbortController();
  const task = pool.run(1, { signal: controller.signal });
  const ofTwo = () => asked.filter(({ workers }) => workers === 2);
  while (ofTwo().length < 5) await sleep(10);
  assert.deepEqual(threads, { created: 2, destroyed: 0 });
  // Without a change there is a pause between any two questions. (A timer may be a millisecond early.)
  const times = ofTwo().map(({ at }) => at);
  for (let index = 2; index < times.length; index++) assert.ok(times[index] - times[index - 1] > 98, times.join());
  controller.abort();
  await assert.rejects(task, { name: 'AbortError' });
  while (pool.threads.length > 0) await sleep(10);
  assert.deepEqual(threads, { created: 2, destroyed: 2 });
});

test('a longer idleTimeout is also the pause between two questions', { timeout }, async () => {
  const gate = new Gate();
  const pool = makePool({ taskQueue: gate, idleTimeout: 600 });
  const task = pool.run(1);
  while (gate.asked.length < 3) await sleep(10);
  const [, second, third] = gate.asked;
  assert.ok(third - second > 598, gate.asked.join());
  gate.open = true;
  assert.equal(await task, 1);
});

test('the abort of a running task leaves its place to those that wait', { timeout }, async () => {
  const pool = makePool({ taskQueue: new ArrayTaskQueue() });
  assert.equal(await pool.run(0), 0);
  const controller = new AbortController();
  const running = pool.run(60_000, { name: 'wait', signal: controller.signal });
  const waiting = [1, 2].map((value) => pool.run(value));
  controller.abort();
  await assert.rejects(running, { name: 'AbortError' });
  assert.deepEqual(await Promise.all(waiting), [1, 2]);
});

test('a worker that is lost is replaced for tasks that are held back', { timeout }, async () => {
  const gate = new Gate();
  const pool = makePool({ taskQueue: gate });
  const workers = on(pool, 'workerCreate');
  const task = pool.run(1);
  await workers.next();
  await pool.threads[0].terminate();
  await workers.next();
  gate.open = true;
  assert.equal(await task, 1);
});

test('close({ force: true }) rejects what a queue holds back', { timeout }, async () => {
  const gate = new Gate();
  const pool = makePool({ taskQueue: gate });
  const task = pool.run(1);
  const rejected = assert.rejects(task, { name: 'AbortError' });
  await pool.close({ force: true });
  await rejected;
  assert.equal(gate.size, 0);
});

test('pools with load balancers keep their tasks apart', { timeout }, async () => {
  const all = Array.from({ length: 3 }, () => makePool({
    loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers.find(({ currentUsage }) => currentUsage === 0) ?? null
  }));
  const tasks = all.flatMap((pool, place) => Array.from({ length: 20 }, (_, index) => pool.run(100 * place + index)));
  const expected = all.flatMap((_, place) => Array.from({ length: 20 }, (_, index) => 100 * place + index));
  assert.deepEqual(await Promise.all(tasks), expected);
});

for (const [what, options] of Object.entries({
  'a balancer': { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null },
  'a queue': { taskQueue: new ArrayTaskQueue() }
})) {
  test(`with ${what}, workers that cannot start are not started for ever`, { timeout }, async () => {
    const pool = makePool({ ...options, maxThreads: 2, execArgv: ['--require', '/nope'] });
    let workers = 0;
    pool.on('workerCreate', () => workers++);
    const tasks = await Promise.allSettled([pool.run(1), pool.run(2), pool.run(3)]);
    for (const { reason } of /** @type {any[]} */ (tasks)) assert.match(reason.message, /Cannot find module '\/nope'/);
    assert.ok(workers <= 4, `${workers} workers`);
    assert.deepEqual(pool.threads, []);
  });
}

test('a queue that cannot take a refused task back keeps its order', { timeout }, async () => {
  class Line extends ArrayTaskQueue {}
  Object.defineProperty(Line.prototype, 'unshift', { value: undefined });
  /** @type {unknown[]} */
  const asked = [];
  const pool = makePool({
    minThreads: 1,
    taskQueue: new Line(),
    loadBalancer: (/** @type {any} */ task, /** @type {any[]} */ workers) => {
      asked.push(task);
      return asked.length > 12 ? workers.find(({ currentUsage }) => currentUsage === 0) ?? null : null;
    }
  });
  /** @type {number[]} */
  const ended = [];
  const tasks = [1, 2, 3, 4].map((number) => pool.run(number).then((value) => ended.push(value)));
  const controller = new AbortController();
  const aborted = assert.rejects(pool.run(5, { signal: controller.signal }), { name: 'AbortError' });
  controller.abort();
  await Promise.all([...tasks, aborted]);
  assert.deepEqual(ended, [1, 2, 3, 4]);
});
