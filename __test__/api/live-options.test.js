'use strict';

// `pool.options` is live: what is written into it later must not change what was settled when the pool was made, also
// not for workers that start afterwards.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { join } = require('node:path');
const { test } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');

const { Piscina, ArrayTaskQueue } = require('../..');

const filename = join(__dirname, 'fixtures', 'two-exports.js');
const bounded = { timeout: 60_000 };

/** @param {any} pool */
async function replaceWorker (pool) {
  const [worker] = pool.threads;
  worker.terminate();
  await once(worker, 'exit');
}

/** @type {[string, object][]} */
const kinds = [
  ['a native queue', {}],
  ['a load balancer', { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null }]
];

for (const [kind, more] of kinds) {
  const options = { filename, name: 'first', minThreads: 1, maxThreads: 1, ...more };

  test(`a task runs the export that it was submitted for, though the pool's name and its worker change (${kind})`, bounded, async (t) => {
    const pool = new Piscina(options);
    t.after(() => pool.destroy());
    assert.equal(await pool.run(null), 'first');
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const lost = assert.rejects(pool.run(gate, { name: 'hold' }));
    // A balancer has given it to the worker that is about to end.
    const waiting = pool.run(null);
    pool.options.name = 'second';
    await replaceWorker(pool);
    await lost;
    assert.equal(await waiting, 'first');
    assert.equal(await pool.run(null, { name: 'first' }), 'first');
    assert.equal(await pool.run(null), 'second');
  });

  test(`a task runs the file that it was submitted for, though the pool's file and its worker change (${kind})`, bounded, async (t) => {
    const pool = new Piscina(options);
    t.after(() => pool.destroy());
    assert.equal(await pool.run(null), 'first');
    pool.options.filename = join(__dirname, 'fixtures', 'tasks.js');
    await replaceWorker(pool);
    assert.equal(await pool.run(null, { filename }), 'first');
    assert.equal(await pool.run('text', { name: 'echo' }), 'text');
  });
}

/** @type {[string, object, object][]} What the pool has, and what is written into its options. */
const settled = [
  ['none', {}, { loadBalancer: () => null, taskQueue: new ArrayTaskQueue() }],
  ['a queue', { taskQueue: new ArrayTaskQueue() }, { taskQueue: undefined }]
];

for (const [kind, more, change] of settled) {
  test(`a worker that starts later tells its usage, though a queue or a balancer was written into the options (${kind})`, bounded, async (t) => {
    const pool = new Piscina({ filename, name: 'first', minThreads: 1, maxThreads: 1, ...more });
    t.after(() => pool.destroy());
    await pool.run(null);
    Object.assign(pool.options, change);
    /** @type {any[]} */
    const created = [];
    pool.on('workerCreate', (/** @type {any} */ worker) => created.push(worker));
    await replaceWorker(pool);
    await pool.run(null);
    const [worker] = created;
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const held = pool.run(gate, { name: 'hold' });
    // With a native queue the worker takes the task by itself.
    while (Atomics.load(gate, 1) === 0) await turn();
    assert.equal(worker.currentUsage, 1);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await held;
    assert.equal(worker.currentUsage, 0);
  });
}
