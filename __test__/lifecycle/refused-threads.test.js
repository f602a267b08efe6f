'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { describe, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const workerThreads = require('node:worker_threads');

/** How many threads the system gives from now on. */
let left = Infinity;

/** What stands in for a system that has no more threads. */
class LimitedWorker extends workerThreads.Worker {
  /** @param {[any, any]} args */
  constructor (...args) {
    if (left <= 0) throw refusal();
    left--;
    super(...args);
  }
}

function refusal () {
  return Object.assign(new Error('Worker initialization failure: EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
}

// Before the pool's own modules are loaded.
const { Worker } = workerThreads;
Object.assign(workerThreads, { Worker: LimitedWorker });
const Piscina = require('../..');
Object.assign(workerThreads, { Worker });

const { ArrayTaskQueue } = Piscina;
const { TEST_LIMIT } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };
const filename = require.resolve('../fixtures/lifecycle/worker.js');

const byQueue = { get taskQueue () { return new ArrayTaskQueue(); } };
const byBalancer = { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers.find(({ currentUsage }) => currentUsage === 0) ?? null };

for (const [kind, options] of /** @type {const} */ ([['', {}], [' with a task queue', byQueue], [' with a load balancer', byBalancer]])) {
  describe(`a pool${kind}, of which the system gives one thread only`, () => {
    test('runs all tasks on that', bounded, async (t) => {
      left = 1;
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 8, ...options });
      t.after(() => pool.destroy());
      const answers = Array.from({ length: 40 }, (_, value) => pool.run(value, { name: 'echo' }));
      assert.deepEqual(await Promise.all(answers), Array.from({ length: 40 }, (_, value) => value));
      assert.equal(pool.threads.length, 1);
    });

    test('keeps to the limit of its queue', bounded, async (t) => {
      left = 1;
      const workerData = { started: new Int32Array(new SharedArrayBuffer(4)) };
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 3, maxQueue: 4, workerData, ...options });
      t.after(() => pool.destroy());
      const all = 100;
      const busy = pool.run(all, { name: 'meet' });
      while (Atomics.load(workerData.started, 0) === 0) await sleep(1);
      const echoes = () => Array.from({ length: 10 }, (_, value) => pool.run(value, { name: 'echo' }));
      // Those that are counted on for some of these are refused.
      const first = Promise.allSettled(echoes());
      await sleep(1);
      for (const { reason } of /** @type {any[]} */ (await Promise.allSettled(echoes()))) {
        assert.equal(reason?.code, 'ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT');
      }
      Atomics.store(workerData.started, 0, all);
      Atomics.notify(workerData.started, 0);
      await busy;
      const answered = (await first).filter(({ status }) => status === 'fulfilled').length;
      assert.ok(answered >= 4 && answered <= 6, `${answered} were taken`);
    });

    test('has more workers once there are threads', bounded, async (t) => {
      left = 1;
      const workerData = { started: new Int32Array(new SharedArrayBuffer(4)) };
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, workerData, ...options });
      t.after(() => pool.destroy());
      // Two that wait for one another: one worker alone would never end them.
      const meeting = Promise.all([1, 2].map(() => pool.run(2, { name: 'meet' })));
      left = Infinity;
      await meeting;
    });

    test('rejects what waits when that is lost and there is none to take its place', bounded, async (t) => {
      left = 1;
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, ...options });
      t.after(() => pool.destroy());
      const lost = pool.run(3, { name: 'exit' });
      const waiting = [pool.run(1, { name: 'echo' }), pool.run(2, { name: 'echo' })];
      const outcomes = await Promise.allSettled([lost, ...waiting]);
      assert.deepEqual(outcomes.map((/** @type {any} */ { reason }) => reason?.code),
        ['ERR_ROCKPOOL_WORKER_EXITED', 'ERR_WORKER_INIT_FAILED', 'ERR_WORKER_INIT_FAILED']);
      left = Infinity;
      assert.equal(await pool.run('again', { name: 'echo' }), 'again');
    });
  });
}

describe('a thread that is refused after its Worker was made', () => {
  test('concerns nobody while another lives', bounded, async (t) => {
    left = Infinity;
    const workerData = { started: new Int32Array(new SharedArrayBuffer(4)) };
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, workerData });
    t.after(() => pool.destroy());
    pool.on('error', (error) => assert.fail(error));
    await pool.run(1, { name: 'echo' });
    const meeting = Promise.all([1, 2].map(() => pool.run(2, { name: 'meet' })));
    // Another is started in its place.
    pool.threads[1].emit('error', refusal());
    await meeting;
  });

  test('says nothing of the file: the next worker loads it though no task waits', bounded, async (t) => {
    left = Infinity;
    const loads = new Int32Array(new SharedArrayBuffer(4));
    const pool = new Piscina({
      filename: require.resolve('../fixtures/lifecycle/loading/counts.js'), minThreads: 1, maxThreads: 1, workerData: { loads }
    });
    t.after(() => pool.destroy());
    pool.on('error', (error) => assert.fail(error));
    // Before it has loaded anything: it would have to turn the event loop of this thread first.
    pool.threads[0].emit('error', refusal());
    assert.equal(pool.threads.length, 0);
    const before = Atomics.load(loads, 0);
    while (pool.threads.length === 0 || Atomics.load(loads, 0) === before) await sleep(1);
    assert.equal(pool.threads.length, 1);
  });
});

describe('a constructor that cannot start all of its workers', () => {
  for (const given of [0, 1, 3]) {
    test(`throws and leaves none (${given} were started)`, bounded, async () => {
      left = given;
      /** @type {workerThreads.Worker[]} */
      const made = [];
      const { prototype } = LimitedWorker;
      const unref = prototype.unref;
      prototype.unref = function () {
        made.push(this);
        return unref.call(this);
      };
      try {
        assert.throws(() => new Piscina({ filename, minThreads: 4, maxThreads: 4 }), { code: 'ERR_WORKER_INIT_FAILED' });
      } finally {
        prototype.unref = unref;
      }
      assert.equal(made.length, given);
      left = 100;
      await Promise.all(made.map((worker) => worker.threadId === -1 ? undefined : once(worker, 'exit')));
      // The end of a lost worker starts its successor in this turn.
      await new Promise((resolve) => { setImmediate(resolve); });
      assert.equal(left, 100, 'none was started');
      assert.deepEqual(made.map(({ threadId }) => threadId), Array(given).fill(-1));
    });
  }
});
