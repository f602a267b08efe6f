'use strict';

// What goes on in a worker's event loop while tasks wait for it. Each test queues more tasks than run between two turns
// of the loop, all of them before the first can end.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { MessageChannel } = require('node:worker_threads');

const { Piscina } = require('../..');

const filename = join(__dirname, 'fixtures', 'event-loop.js');
const bounded = { timeout: 60_000 };
const kTasks = 300;

/** @type {[string, object, unknown, string][]} What the pool is like, its options, a task for it, and the handler. */
const pools = [
  ['one task at a time', {}, undefined, 'look'],
  ['values by port', {}, new Map(), 'look'],
  ['tasks that share a worker', { concurrentTasksPerWorker: 4 }, undefined, 'lookLater'],
  ['a load balancer', { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null }, undefined, 'look']
];

for (const atomics of ['async', 'disabled']) {
  for (const [what, options, value, name] of pools) {
    const settings = { filename, atomics, minThreads: 1, maxThreads: 1, ...options };
    const lookOften = (/** @type {any} */ pool) => Array.from({ length: kTasks }, () => pool.run(value, { name }));

    test(`timers run while tasks wait, which start in order (atomics '${atomics}', ${what})`, bounded, async (t) => {
      const pool = new Piscina(settings);
      t.after(() => pool.destroy());
      pool.run(undefined, { name: 'startTimer' });
      const seen = await Promise.all(lookOften(pool));
      assert.deepEqual(seen.map(({ start }) => start), Array.from({ length: kTasks }, (_, start) => start));
      assert.ok(seen.at(-1).ticks > 0, 'the timer stood still');
    });

    test(`messages arrive while tasks wait (atomics '${atomics}', ${what})`, bounded, async (t) => {
      const pool = new Piscina(settings);
      t.after(() => pool.destroy());
      const { port1, port2 } = new MessageChannel();
      t.after(() => port1.close());
      pool.run({ port: port2 }, { name: 'listen', transferList: [port2] });
      const looks = lookOften(pool);
      port1.postMessage('cancel');
      const seen = await Promise.all(looks);
      assert.ok(seen.at(-1).cancelled, 'the message never came');
    });

    test(`a rejection that nobody handles ends the worker while tasks wait (atomics '${atomics}', ${what})`, bounded, async (t) => {
      const pool = new Piscina(settings);
      t.after(() => pool.destroy());
      /** @type {any[]} */
      const heard = [];
      pool.on('error', (/** @type {any} */ error) => heard.push(error.message));
      pool.run(undefined, { name: 'leaveRejection' }).catch((/** @type {any} */ error) => heard.push(error.message));
      const seen = await Promise.allSettled(lookOften(pool));
      const threads = new Set();
      for (const { status, value: look, reason } of /** @type {any[]} */ (seen)) {
        if (status === 'fulfilled') threads.add(look.threadId);
        else heard.push(reason.message);
      }
      assert.ok(heard.length > 0, `nobody heard of it, and ${threads.size} worker ran all tasks`);
      assert.deepEqual(new Set(heard), new Set(['left behind']));
    });
  }
}
