'use strict';

// Worker files that take a while to load, and what reaches them meanwhile.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { BroadcastChannel } = require('node:worker_threads');

const { Piscina } = require('../..');

/** @param {string} name */
const fixture = (name) => join(__dirname, 'fixtures', 'loading', name);
const bounded = { timeout: 60_000 };

/** @type {[what: string, title: string, end: (pool: any, words: Int32Array, name: string) => void][]} */
const waits = [
  ['timer', 'a timer that keeps no thread alive', () => {}],
  ['waitAsync', 'Atomics.waitAsync', (_, words) => {
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
  }],
  ['channel', 'a BroadcastChannel that keeps no thread alive', (_, words, name) => {
    const channel = new BroadcastChannel(name);
    channel.postMessage('go on');
    channel.close();
  }],
  ['message', 'a message to its parentPort', (pool) => { pool.threads[0].postMessage('go on'); }]
];

for (const [what, title, end] of waits) {
  for (const which of ['the pool', 'a task']) {
    test(`the file of ${which} that waits for ${title} is loaded when that comes`, bounded, async (t) => {
      const words = new Int32Array(new SharedArrayBuffer(8));
      const name = `rockpool-loading-${process.pid}-${which}`;
      const filename = fixture('waits.js');
      const pool = new Piscina({
        filename: which === 'the pool' ? filename : fixture('../count.js'),
        workerData: { words, what, name }, minThreads: 1, maxThreads: 1
      });
      t.after(() => pool.destroy());
      const task = pool.run(undefined, { filename });
      let settled = false;
      task.catch(() => {}).then(() => { settled = true; });
      // Until nothing keeps the worker alive any more. A listener for messages does.
      while (!settled && Atomics.load(words, 0) < (what === 'message' ? 1 : 2)) await sleep(5);
      if (what === 'message') await sleep(100);
      end(pool, words, name);
      assert.equal(await task, 'loaded');
    });
  }
}

test('a file that waits for nothing is found out before its time is over, and its worker lives', bounded, async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const filename = fixture('waits.js');
  const pool = new Piscina({
    filename: fixture('../count.js'), workerData: { words, what: 'nothing' }, loadTimeout: 10_000, maxThreads: 1
  });
  t.after(() => pool.destroy());
  const task = pool.run(undefined, { filename });
  await assert.rejects(task, { code: 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED' });
  const [thread] = pool.threads;
  await assert.rejects(pool.run(undefined, { filename }), { code: 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED' });
  assert.equal(pool.threads[0], thread);
});

for (const atomics of ['sync', 'async', 'disabled']) {
  test(`what is posted to a worker while its file loads arrives once and in order (atomics '${atomics}')`, bounded, async (t) => {
    const pool = new Piscina({ filename: fixture('listens.js'), minThreads: 1, maxThreads: 1, atomics });
    t.after(() => pool.destroy());
    for (const message of [1, 2, 3, 'last']) pool.threads[0].postMessage(message);
    assert.deepEqual(await pool.run(undefined), [1, 2, 3, 'last']);
  });
}
