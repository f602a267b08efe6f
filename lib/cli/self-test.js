'use strict';

const { deepStrictEqual, ok, rejects, strictEqual } = require('node:assert');
const { join } = require('node:path');

const { root } = require('../outside');
const { knownAnswers } = require('./known-answers');

/**
 * One part of the self-test.
 *
 * @typedef {{ name: string, ok: boolean, milliseconds: number, error?: string }} Check
 */

const filename = join(root, 'lib', 'cli', 'worker.js');

/** Milliseconds: whatever takes longer hangs. Starting a Worker takes some seconds on a machine that is very busy. */
const LIMIT = 30_000;

/** @type {Record<string, (pool: InstanceType<typeof import('../piscina')>) => Promise<void>>} */
const poolChecks = {
  async 'a task as bytes' (pool) {
    strictEqual(await pool.run({ a: 4, b: 6 }), 10);
  },
  async '1,000 tasks at once, in their order' (pool) {
    const sums = await Promise.all(Array.from({ length: 1_000 }, (_, n) => pool.run({ a: n, b: n })));
    deepStrictEqual(sums, Array.from({ length: 1_000 }, (_, n) => 2 * n));
  },
  async 'a task as a message' (pool) {
    const value = { text: 'x'.repeat(100_000), when: new Date(0), map: new Map([[1n, /x/g]]) };
    deepStrictEqual(await pool.run(value, { name: 'echo' }), value);
  },
  async 'a transfer' (pool) {
    const bytes = new Uint8Array(1 << 20).fill(1);
    const sum = pool.run(bytes, { name: 'sum', transferList: [bytes.buffer] });
    strictEqual(bytes.byteLength, 0);
    strictEqual(await sum, 1 << 20);
  },
  async 'an error' (pool) {
    await rejects(pool.run(null, { name: 'fail' }),
      { name: 'RangeError', message: 'on purpose', code: 'ERR_ON_PURPOSE', detail: { list: [1, 2n] } });
  },
  async 'an abort of an endless task' (pool) {
    const task = pool.run(null, { name: 'endless', signal: AbortSignal.timeout(50) });
    await rejects(task, { name: 'AbortError', code: 'ABORT_ERR' });
    strictEqual(await pool.run({ a: 1, b: 2 }), 3);
  },
  async 'the loss of a worker' (pool) {
    await rejects(pool.run(null, { name: 'exit' }), { code: 'ERR_ROCKPOOL_WORKER_EXITED', exitCode: 3 });
    strictEqual(await pool.run({ a: 1, b: 2 }), 3);
  },
  async 'the end' (pool) {
    await pool.close();
    strictEqual(pool.threads.length, 0);
  }
};

/**
 * @param {string} name
 * @param {() => unknown} run
 * @returns {Promise<Check>}
 */
async function check (name, run) {
  const start = performance.now();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${LIMIT / 1e3} s`)), LIMIT);
    });
    await Promise.race([run(), late]);
    return { name, ok: true, milliseconds: performance.now() - start };
  } catch (error) {
    const message = error instanceof Error ? error.stack ?? error.message : String(error);
    return { name, ok: false, milliseconds: performance.now() - start, error: message };
  } finally {
    clearTimeout(timer);
  }
}

/** @returns {Promise<Check[]>} */
async function testPool () {
  const Piscina = require('../piscina');
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2 });
  pool.on('error', () => {});
  const checks = [];
  for (const [name, run] of Object.entries(poolChecks)) checks.push(await check(name, () => run(pool)));
  // Should the last check have failed, the process must end all the same.
  await pool.destroy();
  return checks;
}

/**
 * A kernel on the kernel threads and on this one.
 *
 * @param {Record<string, any>} kernels
 * @param {string} name
 * @param {import('./known-answers').Known} known
 */
async function testKernel (kernels, name, { bytes, parameters, answer, expected }) {
  const find = (/** @type {any} */ from) => name.split('.').reduce((owner, part) => owner[part], from);
  const result = await find(kernels)(bytes(), parameters);
  deepStrictEqual(answer(result), expected);
  ok(result.buffer !== undefined, 'the memory comes back');
  deepStrictEqual(answer(find(kernels.sync)(bytes(), parameters)), expected);
}

/** @returns {Promise<{ checks: Check[], untested: string[] }>} `untested`: kernels without a known answer. */
async function testKernels () {
  const { kernels } = /** @type {any} */ (require('../piscina'));
  const checks = [];
  const untested = [];
  for (const { name } of kernels.list()) {
    const known = Object.hasOwn(knownAnswers, name) ? knownAnswers[name] : undefined;
    if (known === undefined) untested.push(name);
    else checks.push(await check(name, () => testKernel(kernels, name, known)));
  }
  return { checks, untested };
}

module.exports = { testKernels, testPool };
