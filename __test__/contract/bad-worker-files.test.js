'use strict';

// A worker file that cannot be used: the tasks that need it reject with the cause, and the pool stays usable.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const Piscina = require('../..');

/** @param {string} name */
const fixture = (name) => path.join(__dirname, 'fixtures', 'bad', name);
const timeout = 60_000;

const loadFailed = 'ERR_ROCKPOOL_LOAD_FAILED';
/** @param {unknown} cause */
const notToday = (cause) => cause instanceof RangeError && cause.message === 'not today';

/**
 * The files, the codes that a task's error may have, and what its cause must be.
 *
 * @type {{ file: string, codes: string[], cause?: (cause: any) => boolean, options?: object }[]}
 */
const files = [
  { file: 'no-such-file.js', codes: [loadFailed], cause: ({ code }) => code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND' },
  { file: 'no-such-file.mjs', codes: [loadFailed], cause: ({ code }) => code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND' },
  { file: 'syntax-error.js', codes: [loadFailed], cause: ({ name }) => name === 'SyntaxError' },
  { file: 'syntax-error.mjs', codes: [loadFailed], cause: ({ name }) => name === 'SyntaxError' },
  { file: 'throws.js', codes: [loadFailed], cause: notToday },
  { file: 'throws.mjs', codes: [loadFailed], cause: notToday },
  { file: 'throws-null.js', codes: [loadFailed], cause: (cause) => cause === null },
  { file: 'missing-import.mjs', codes: [loadFailed], cause: ({ code }) => code === 'ERR_MODULE_NOT_FOUND' },
  { file: 'rejected-promise.js', codes: [loadFailed], cause: notToday },
  { file: 'no-function.js', codes: ['ERR_ROCKPOOL_NO_HANDLER'] },
  { file: 'no-function.mjs', codes: ['ERR_ROCKPOOL_NO_HANDLER'] },
  { file: 'exits.js', codes: ['ERR_ROCKPOOL_WORKER_EXITED'] },
  { file: 'never-settles.js', codes: ['ERR_ROCKPOOL_LOAD_TIMEOUT', 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED'], options: { loadTimeout: 300 } },
  { file: 'never-settles.mjs', codes: ['ERR_ROCKPOOL_LOAD_TIMEOUT', 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED'], options: { loadTimeout: 300 } },
  { file: 'busy.js', codes: ['ERR_ROCKPOOL_LOAD_TIMEOUT'], options: { loadTimeout: 300 } }
];

/**
 * @param {Promise<any>} promise
 * @param {(typeof files)[number]} expected
 */
function rejects (promise, { codes, cause }) {
  return assert.rejects(promise, (/** @type {any} */ error) => {
    assert.ok(error instanceof Error);
    assert.ok(codes.includes(/** @type {any} */ (error).code), `${/** @type {any} */ (error).code}: ${error.message}`);
    if (cause !== undefined) assert.ok(cause(error.cause), `the cause is ${error.cause}`);
    return true;
  });
}

for (const expected of files) {
  const filename = fixture(expected.file);
  const good = { filename: fixture('good.js') };

  test(`${expected.file} as the pool's file: its tasks reject, those of another file run`, { timeout }, async (t) => {
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, ...expected.options });
    pool.on('error', () => {});
    t.after(() => pool.destroy());
    await Promise.all([1, 2, 3].map((task) => rejects(pool.run(task), expected)));
    assert.ok(await pool.run(1, good) > 0);
    await rejects(pool.run(4), expected);
    assert.ok(await pool.run(1, good) > 0);
  });

  test(`${expected.file} as a task's file: that task rejects, the pool's own file runs`, { timeout }, async (t) => {
    const pool = new Piscina({ ...good, minThreads: 1, maxThreads: 1, ...expected.options });
    pool.on('error', () => {});
    t.after(() => pool.destroy());
    assert.ok(await pool.run(0) > 0);
    const [, before, after] = [
      await rejects(pool.run(1, { filename }), expected),
      await pool.run(2),
      await Promise.all([rejects(pool.run(3, { filename }), expected), pool.run(4)])
    ];
    assert.ok(before > 0 && after[1] > 0);
  });
}

test('a file that fails to load in a pool without tasks ends nothing, and an error event tells', { timeout }, async (t) => {
  const pool = new Piscina({ filename: fixture('throws.js'), minThreads: 1, maxThreads: 1 });
  t.after(() => pool.destroy());
  /** @type {any[]} */
  const errors = [];
  pool.on('error', (error) => errors.push(error));
  await assert.rejects(pool.run(1), { code: loadFailed });
  assert.ok(errors.every((error) => error instanceof Error));
});
