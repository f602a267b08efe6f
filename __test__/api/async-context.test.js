'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');
const { promisify } = require('node:util');

const Piscina = require('../..');
const { ways } = require('../fixtures/context/kept');

const run = promisify(execFile);
const filename = path.join(__dirname, '../fixtures/context/worker.js');
const kept = path.join(__dirname, '../fixtures/context/kept.js');
const timeout = 60_000;
const NOTHING = [null, null];

describe('what a handler enters by enterWith() is its own', () => {
  for (const options of [{}, { atomics: 'async' }, { concurrentTasksPerWorker: 3 }, { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ [first]) => first }]) {
    test(JSON.stringify(options), { timeout }, async () => {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, .../** @type {any} */ (options) });
      const call = (/** @type {string} */ name, /** @type {unknown} */ value) => pool.run(value, { name });
      try {
        assert.deepEqual(await call('seen'), NOTHING);
        assert.deepEqual(await call('enter', 'first'), ['first', null]);
        assert.deepEqual(await call('seen'), NOTHING, 'after one that enters');
        assert.deepEqual(await call('enterAsync', 'second'), [['second', null], ['second', 'second']]);
        assert.deepEqual(await call('seenLater'), NOTHING, 'after one that enters later');
        await assert.rejects(call('enterAndThrow', 'third'), { message: 'third' });
        assert.deepEqual(await call('seen'), NOTHING, 'after one that throws');
        // Without a turn of the event loop in between, and several at a time.
        const names = ['enter', 'seen', 'seen', 'enterAsync', 'seen', 'seenLater', 'enter', 'enter', 'seen'];
        const results = await Promise.all(names.map((name) => call(name, name)));
        names.forEach((name, at) => {
          if (name.startsWith('seen')) assert.deepEqual(results[at], NOTHING, `${at}`);
          else if (name === 'enter') assert.deepEqual(results[at], ['enter', null], `${at}`);
        });
      } finally {
        await pool.destroy();
      }
    });
  }
});

for (const atomics of ['sync', 'async', 'disabled']) {
  for (const name of ['enter', 'enterAsync', 'enterLater', 'enterAndThrow']) {
    test(`the first AsyncLocalStorage of a worker that has run tasks is no exception: ${name}, ${atomics}`, { timeout }, async () => {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, atomics: /** @type {any} */ (atomics) });
      try {
        for (let count = 0; count < 3; count++) await pool.run('x', { name: 'same' });
        // Each handler for the first time, then for the second time.
        for (const order of [[name, 'seen', 'seenLater'], [name, 'seen', 'seenLater']]) {
          const results = await Promise.allSettled(order.map((each) => pool.run('x', { name: each })));
          assert.deepEqual(results.slice(1).map((/** @type {any} */ { value }) => value), [NOTHING, NOTHING]);
        }
      } finally {
        await pool.destroy();
      }
    });

    test(`the first AsyncLocalStorage of a worker is no exception: ${name}, ${atomics}`, { timeout }, async () => {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, atomics: /** @type {any} */ (atomics) });
      try {
        const results = await Promise.allSettled([name, 'seen', 'seen', 'seenLater'].map((each) => pool.run('x', { name: each })));
        assert.deepEqual(results.slice(1).map((/** @type {any} */ { value }) => value), [NOTHING, NOTHING, NOTHING]);
      } finally {
        await pool.destroy();
      }
    });
  }
}

describe('a pool keeps nothing alive that a caller of run() has in an AsyncLocalStorage', { concurrency: 2 }, () => {
  for (const way of ways) {
    test(way, { timeout }, async () => {
      const { stdout } = await run(process.execPath, ['--expose-gc', kept, way], { timeout: 50_000 });
      assert.equal(stdout, 'done\n');
    });
  }
});
