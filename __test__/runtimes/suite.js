'use strict';

// What Node.js, Deno and Bun have in common, tried with nothing but rockpool itself: their own test runners differ.
// Prints a line of JSON for each test. The arguments are the names of those to run; without any, all run.
//
//   node __test__/runtimes/suite.js

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { join } = require('node:path');
const process = require('node:process');
const { gzipSync } = require('node:zlib');

const { ArrayTaskQueue, FixedQueue, Piscina, kernels, move } = require('../..');

const filename = join(__dirname, 'worker.js');

/**
 * @param {object} options
 * @param {(pool: any) => Promise<unknown>} use
 */
async function withPool (options, use) {
  const pool = new Piscina({ filename, maxThreads: 2, ...options });
  try {
    await use(pool);
  } finally {
    await pool.destroy();
  }
}

/** Bytes that nobody else holds, and that are the same each time. */
const bytesOf = (/** @type {number} */ length) => Uint8Array.from({ length }, (_, n) => (n * 7919) & 255);

/** @type {Record<string, () => Promise<unknown>>} */
const tests = {};
for (const atomics of ['sync', 'async', 'disabled']) {
  tests[`small values, atomics ${atomics}`] = () => withPool({ atomics }, async (pool) => {
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    assert.deepEqual(await Promise.all(numbers.map((n) => pool.run({ a: n, b: 1 }, { name: 'add' }))), numbers.map((n) => n + 1));
    assert.equal(await pool.run('é'.repeat(1000)), 'é'.repeat(1000));
    for (const value of [null, undefined, true, -0, NaN, 5n, '', {}, [], { a: [{ b: null }] }, new Date(5), [1, , 3]]) {
      assert.deepEqual(await pool.run(value), value);
    }
  });

  tests[`values by port, atomics ${atomics}`] = () => withPool({ atomics }, async (pool) => {
    const values = [new Map([[{ a: 1 }, new Set([2])]]), /x+/gi, new Uint8Array(100_000).fill(7), 'x'.repeat(200_000), new Error('kept')];
    const results = await Promise.all(values.map((value) => pool.run(value)));
    assert.deepEqual(results.slice(0, 4), values.slice(0, 4));
    assert.ok(results[4] instanceof Error && results[4].message === 'kept');
  });

  tests[`transfer, atomics ${atomics}`] = () => withPool({ atomics }, async (pool) => {
    const bytes = new Uint8Array(1000).fill(2);
    assert.equal(await pool.run(bytes, { name: 'sum', transferList: [bytes.buffer] }), 2000);
    assert.equal(bytes.byteLength, 0);
    const again = new Uint8Array(1000).fill(3);
    assert.equal(await pool.run(move(again), { name: 'sum' }), 3000);
    assert.equal(again.byteLength, 0);
    assert.deepEqual(await pool.run(5, { name: 'moved' }), new Uint8Array(5).fill(1));
  });

  tests[`errors, atomics ${atomics}`] = () => withPool({ atomics }, async (pool) => {
    await assert.rejects(pool.run('', { name: 'fail' }), { name: 'TypeError', message: 'boom' });
    const error = await pool.run('code', { name: 'fail' }).catch((/** @type {any} */ error) => error);
    assert.deepEqual([error.name, error.message, error.code, error.cause.message], ['RangeError', 'too far', 'E_FAR', 'why']);
    assert.equal(await pool.run('null', { name: 'fail' }).then(() => 'fulfilled', (/** @type {any} */ error) => error), null);
    await assert.rejects(pool.run(1, { name: 'unclonable' }), { name: 'DataCloneError' });
    await assert.rejects(pool.run(() => {}), { name: 'DataCloneError' });
    await assert.rejects(pool.run(1, { name: 'toString' }), { code: 'ERR_ROCKPOOL_NO_HANDLER' });
    await assert.rejects(pool.run(1, { filename: join(__dirname, 'missing.js') }), { code: 'ERR_ROCKPOOL_LOAD_FAILED' });
    assert.equal(await pool.run(1), 1);
  });

  tests[`an abort of an endless task, atomics ${atomics}`] = () => withPool({ atomics, maxThreads: 1 }, async (pool) => {
    const controller = new AbortController();
    const endless = pool.run(null, { name: 'forever', signal: controller.signal });
    const waiting = pool.run(2);
    await assert.rejects(pool.run(3, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await assert.rejects(endless, ({ name, cause }) => name === 'AbortError' && cause.message === 'enough');
    assert.equal(await waiting, 2);
  });

  tests[`close and destroy, atomics ${atomics}`] = async () => {
    const pool = new Piscina({ filename, atomics, maxThreads: 2 });
    const running = Promise.all([1, 2, 3, 4, 5].map((n) => pool.run(n, { name: 'later' })));
    await pool.close();
    assert.deepEqual(await running, [1, 2, 3, 4, 5]);
    const lost = pool.run(null, { name: 'forever' });
    const outcome = lost.then(() => 'fulfilled', (/** @type {any} */ error) => error.code);
    await pool.destroy();
    assert.equal(await outcome, 'ERR_ROCKPOOL_THREAD_TERMINATION');
    assert.equal(await pool.run(6), 6);
    await pool.destroy();
  };
}

Object.assign(tests, {
  'a worker that ends is replaced': () => withPool({ maxThreads: 1 }, async (pool) => {
    await assert.rejects(pool.run(null, { name: 'exit' }), { code: 'ERR_ROCKPOOL_WORKER_EXITED' });
    assert.equal(await pool.run(1), 1);
  }),

  'several tasks in a worker': () => withPool({ maxThreads: 1, concurrentTasksPerWorker: 4 }, async (pool) => {
    assert.deepEqual(await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.run(n, { name: 'later' }))), [1, 2, 3, 4, 5, 6]);
  }),

  'queues and a load balancer of one\'s own': async () => {
    for (const options of [
      { taskQueue: new FixedQueue() }, { taskQueue: new ArrayTaskQueue() },
      { loadBalancer: (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null }
    ]) {
      await withPool(options, async (pool) => {
        assert.deepEqual(await Promise.all([1, 2, 3, 4].map((n) => pool.run(n))), [1, 2, 3, 4]);
      });
    }
  },

  'ES modules': () => withPool({}, async (pool) => {
    assert.deepEqual(await pool.run(1, { filename: join(__dirname, 'module.mjs') }), [1, true]);
    const { default: ours } = await import('../../index.mjs');
    assert.equal(ours, Piscina);
  }),

  'what a worker knows and posts': () => withPool({ workerData: { a: 1 } }, async (pool) => {
    assert.deepEqual(await pool.run(null, { name: 'about' }), { isWorkerThread: true, data: { a: 1 }, ours: { a: 1 } });
    const message = new Promise((resolve) => { pool.once('message', resolve); });
    // An idle pool keeps no process alive.
    const alive = setInterval(() => {}, 1000);
    await pool.run('posted', { name: 'post' });
    assert.equal(await message, 'posted');
    clearInterval(alive);
  }),

  'a pool in a worker': () => withPool({ maxThreads: 1 }, async (pool) => {
    assert.deepEqual(await pool.run([1, 2, 3], { name: 'nested' }), [1, 2, 3]);
  }),

  'statistics': () => withPool({}, async (pool) => {
    await pool.run(1);
    assert.equal(pool.completed, 1);
    assert.ok(pool.histogram.runTime.max >= 0 && pool.utilization >= 0 && pool.duration > 0);
    assert.equal(typeof pool.metrics(), 'string');
  }),

  'kernels': async () => {
    const bytes = bytesOf(300_000);
    const sha256 = createHash('sha256').update(bytes).digest();
    const { value, buffer } = await kernels.sha256(bytes);
    assert.deepEqual(Buffer.from(value), sha256);
    const { output: unpacked } = await kernels.gzip.decompress(new Uint8Array(gzipSync(new Uint8Array(buffer))));
    assert.deepEqual(new Uint8Array(unpacked), bytesOf(300_000));
    await assert.rejects(kernels.gzip.decompress(new Uint8Array(20)), { code: 'ERR_ROCKPOOL_KERNEL_DATA' });
  },

  'kernels at once': async () => {
    const sha256 = createHash('sha256').update(bytesOf(1000)).digest();
    assert.deepEqual(Buffer.from(kernels.sync.sha256(bytesOf(1000)).value), sha256);
  },

  'kernels over lists and in a row': async () => {
    const lists = await kernels.map('crc32', Array.from({ length: 20 }, (_, n) => bytesOf(n)));
    assert.equal(lists.length, 20);
    const pipeline = kernels.pipeline([['gzip.compress'], ['gzip.decompress']]);
    const { output } = await pipeline.run(bytesOf(10_000));
    assert.deepEqual(new Uint8Array(output), bytesOf(10_000));
  },

  'limits of a worker\'s memory': () => withPool({ resourceLimits: { maxOldGenerationSizeMb: 16 } }, async (pool) => {
    assert.equal(await pool.run(1), 1);
    await assert.rejects(pool.run(null, { name: 'fill' }), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  })
});

async function main () {
  const wanted = process.argv.slice(2);
  for (const [name, test] of Object.entries(tests)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    let problem = null;
    try {
      await test();
    } catch (error) {
      problem = String(Object(error).stack ?? error);
    }
    console.log(JSON.stringify({ name, problem }));
  }
}

if (require.main === module) main();

module.exports = { names: Object.keys(tests) };
