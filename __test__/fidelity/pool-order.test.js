'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const fc = require('fast-check');
const { move } = require('../..');

const { assertSame } = require('./same.js');
const { RUNS, TIMEOUT, occupy, openPool, ways } = require('./pools.js');

/**
 * Values of every size and for every lane, each with its number in it.
 *
 * @type {((n: number) => { value: any, options?: any, check: (reply: any) => void })[]}
 */
const kinds = [
  (n) => ({ value: n, check: (reply) => assert.equal(reply, n) }),
  (n) => ({ value: { n, text: 'x'.repeat(n % 500) }, check: (reply) => assertSame(reply, { n, text: 'x'.repeat(n % 500) }) }),
  (n) => ({ value: [/x/, n], check: (reply) => assertSame(reply, [/x/, n]) }),
  (n) => ({ value: move(new Uint32Array([n])), check: (reply) => assertSame(reply, new Uint32Array([n])) }),
  (n) => ({
    value: { n },
    options: { transferList: [new ArrayBuffer(8)], name: 'echoPosted' },
    check: (reply) => assertSame(reply, { n })
  }),
  (n) => ({ value: [n], options: { name: 'echoLater' }, check: (reply) => assertSame(reply, [n]) }),
  (n) => ({ value: { n, pattern: /y/ }, options: { name: 'echoLater' }, check: (reply) => assertSame(reply, { n, pattern: /y/ }) }),
  (n) => ({ value: `${n}`.padStart(30_000, '.'), check: (reply) => assert.equal(reply, `${n}`.padStart(30_000, '.')) }),
  (n) => ({ value: `${n}`.padEnd(80_000, '.'), check: (reply) => assert.equal(reply, `${n}`.padEnd(80_000, '.')) })
];

/** Most tasks are small, as they are in life. */
const weights = [12, 8, 4, 2, 2, 2, 2, 1, 1];
const kind = fc.oneof(...kinds.map((make, i) => ({ weight: weights[i], arbitrary: fc.constant(make) })));

/**
 * @param {any} pool
 * @param {typeof kinds} batch
 */
async function runAll (pool, batch) {
  await Promise.all(batch.map(async (make, n) => {
    const { value, options, check } = make(n);
    check(await pool.run(value, options));
  }));
}

for (const [way, options] of ways) {
  describe(`${way}: tasks of all lanes and sizes at once`, { timeout: TIMEOUT }, () => {
    it('get their own results, thousands of them', async () => {
      const pool = openPool(options());
      const [batch] = fc.sample(fc.array(kind, { minLength: 3000, maxLength: 3000, size: 'max' }), 1);
      await runAll(pool, batch);
      await pool.destroy();
    });

    it('get their own results, in bursts of any length', async () => {
      const pool = openPool(options());
      await fc.assert(fc.asyncProperty(fc.array(kind, { minLength: 1, maxLength: 40 }), (batch) => runAll(pool, batch)),
        { numRuns: Math.ceil(RUNS / 5) });
      await pool.destroy();
    });
  });
}

/**
 * Tasks that write down when they start.
 *
 * @type {[name: string, submit: (pool: any, n: number) => Promise<any>][]}
 */
const submissions = [
  ['inline', (pool, n) => pool.run(n, { name: 'numbered' })],
  ['by port', (pool, n) => pool.run([n, /x/], { name: 'numbered' })],
  ['long', (pool, n) => pool.run([n, 'x'.repeat(70_000)], { name: 'numbered' })],
  ['moved', (pool, n) => pool.run(move(new Uint32Array([n])), { name: 'numbered' })],
  ['abortable', (pool, n) => pool.run(n, { name: 'numbered', signal: new AbortController().signal })],
  ['abortable by port', (pool, n) => pool.run([n, /x/], { name: 'numbered', signal: new AbortController().signal })]
];

describe('one worker starts tasks in the order of their submission', { timeout: TIMEOUT }, () => {
  const one = ways.filter(([, options]) => /** @type {any} */ (options()).maxThreads === 1);
  for (const [way, options] of one) {
    it(`${way}, with a handler that it has not used before`, async () => {
      const [inline, posted, long] = submissions.map(([, submit]) => submit);
      for (const batch of [[inline], [posted], [inline, posted], [posted, inline, inline], [long, inline, posted]]) {
        const pool = openPool(options());
        const started = new Int32Array(new SharedArrayBuffer(4 * 13));
        await pool.run(started, { name: 'record' });
        const release = await occupy(pool);
        const tasks = Array.from({ length: 12 }, (_, n) => batch[n % batch.length](pool, n));
        await release();
        await Promise.all(tasks);
        assert.deepEqual([...started.subarray(1)], tasks.map((_, n) => n));
        await pool.destroy();
      }
    });

    const sequence = fc.array(fc.constantFrom(...submissions), { minLength: 2, maxLength: 25 });
    for (const busy of [false, true]) {
      it(`${way}, ${busy ? 'busy' : 'idle'} at first`, async () => {
        const pool = openPool(options());
        await pool.run(1);
        await fc.assert(fc.asyncProperty(sequence, async (batch) => {
          const started = new Int32Array(new SharedArrayBuffer(4 * (batch.length + 1)));
          await pool.run(started, { name: 'record' });
          const release = busy ? await occupy(pool) : async () => {};
          const tasks = batch.map(([, submit], n) => submit(pool, n));
          await release();
          await Promise.all(tasks);
          assert.deepEqual([...started.subarray(1)], batch.map((_, n) => n), batch.map(([name]) => name).join());
        }), { numRuns: Math.ceil(RUNS / 5) });
        await pool.destroy();
      });
    }
  }
});
