'use strict';

// Numbers that are larger than any test can count to: they are set forward, or given.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');
const { TaskTable } = require('../../lib/pool/task-table');

const filename = join(__dirname, 'fixtures/tasks.js');
const bounded = { timeout: 30_000 };

/** @param {{ after: (end: () => void) => void }} t */
function makePool (t, options = {}) {
  const pool = new Piscina({ filename, name: 'echo', minThreads: 1, maxThreads: 1, ...options });
  t.after(() => pool.destroy());
  return pool;
}

/**
 * Sets the sequence number of a pool that is about to take a task forward.
 *
 * @param {InstanceType<typeof Piscina>} pool
 * @param {(seq: number) => number} change
 */
function setSequence (pool, change) {
  const { add } = TaskTable.prototype;
  TaskTable.prototype.add = function (task) {
    this.seq = change(this.seq) >>> 0;
    add.call(this, task);
  };
  try {
    return pool.run('moved');
  } finally {
    TaskTable.prototype.add = add;
  }
}

for (const [what, options] of /** @type {[string, object][]} */ ([
  ['natively', {}],
  ['by a load balancer', { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null }]
])) {
  for (const distance of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2]) {
    test(`an abortable task runs ${distance} tasks after the last one with its index (decided ${what})`, bounded, async (t) => {
      const pool = makePool(t, options);
      const { signal } = new AbortController();
      for (const value of ['inline', new Map([['by', 'port']])]) {
        assert.deepEqual(await pool.run(value, { signal }), value);
        await setSequence(pool, (seq) => seq + distance);
        assert.deepEqual(await pool.run(value, { signal }), value);
      }
    });
  }

  test(`aborts find their tasks while sequence numbers wrap (decided ${what})`, bounded, async (t) => {
    const pool = makePool(t, options);
    await setSequence(pool, () => 2 ** 32 - 20);
    for (let round = 0; round < 20; round++) {
      const controllers = [new AbortController(), new AbortController()];
      const [running, next] = controllers.map(({ signal }) => pool.run(60_000, { name: 'wait', signal }));
      const behind = pool.run(round);
      controllers[round % 2].abort();
      await assert.rejects([running, next][round % 2], { name: 'AbortError' });
      controllers[(round + 1) % 2].abort();
      await assert.rejects([running, next][(round + 1) % 2], { name: 'AbortError' });
      assert.equal(await behind, round);
    }
  });
}

test('tasks are rejected in the order of their submission where sequence numbers have wrapped', bounded, async (t) => {
  const pool = makePool(t);
  await setSequence(pool, () => 2 ** 31 - 2);
  const order = /** @type {number[]} */ ([]);
  const tasks = [0, 1, 2].map((task) => pool.run(60_000, { name: 'wait' }).catch(() => { order.push(task); }));
  const last = [setSequence(pool, () => 2 ** 32 - 5), pool.run(1), pool.run(2)];
  tasks.push(...last.map((task, index) => task.catch(() => { order.push(3 + index); })));
  await pool.destroy();
  await Promise.all(tasks);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

for (const concurrentTasksPerWorker of [2 ** 20, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
  test(`a worker runs tasks beside each other with concurrentTasksPerWorker ${concurrentTasksPerWorker}`, bounded, async (t) => {
    const pool = makePool(t, { concurrentTasksPerWorker, minThreads: 2, maxThreads: 2 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const together = Array.from({ length: 8 }, () => pool.run({ gate, count: 8 }, { name: 'meet' }));
    assert.deepEqual(await Promise.all(together), Array(8).fill(8));
    assert.equal(pool.queueSize, 0);
  });
}
