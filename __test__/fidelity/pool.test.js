'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const fc = require('fast-check');

const { assertSame, assertSameOutcome, outcomeOf } = require('./same.js');
const { build, nasty, recipes, uncloneable } = require('./values.js');
const { RUNS, TIMEOUT, describeEverywhere, forEach, openPool, outcomeOfAsync, ways } = require('./pools.js');

/** What went there and back was cloned twice. */
const twice = (/** @type {unknown} */ value) => structuredClone(structuredClone(value));

/**
 * Run options that make the codec's values go by port too: something to transfer that the value does not hold.
 */
const byPort = () => ({ transferList: [new ArrayBuffer(1)] });

/** Other in another thread: what lies beside it in the pool, the order of the variables. */
const OWN_TO_EACH_THREAD = ['a pooled Buffer', 'the environment'];

describeEverywhere('a value', (test) => {
  test('arrives and returns as its structured clone', async (pool) => {
    await Promise.all([
      forEach(nasty, async (name, lane, make) => {
        const expected = outcomeOf(() => twice(make()));
        assertSameOutcome(await outcomeOfAsync(() => pool.run(make())), expected);
      }),
      forEach(nasty, async (name, lane, make) => {
        const expected = outcomeOf(() => twice(make()));
        const sent = outcomeOfAsync(() => pool.run(make(), { name: 'echoPosted', ...byPort() }));
        assertSameOutcome(await sent, expected);
      })
    ]);
  });

  test('that cannot be cloned is refused, whatever the workers do', async (pool) => {
    let ended = false;
    const first = pool.run('the first').then(() => { ended = true; });
    await forEach(uncloneable, async (name, make) => {
      const expected = outcomeOf(() => structuredClone(make()));
      assert.ok('error' in expected);
      assertSameOutcome(await outcomeOfAsync(() => pool.run(make())), expected);
      assertSameOutcome(await outcomeOfAsync(() => pool.run({ a: make() })), expected);
      assertSameOutcome(await outcomeOfAsync(() => pool.run(make(), byPort())), expected);
    });
    // All of it took microtasks: no worker can have answered meanwhile.
    assert.equal(ended, false);
    await first;
    assert.equal(await pool.run('still here'), 'still here');
  });
});

for (const [way, options] of ways) {
  describe(`${way}:`, { timeout: TIMEOUT }, () => {
    it('what arrives in the worker is the structured clone', async () => {
      const pool = openPool(options());
      const comparable = nasty.filter(([name]) => !OWN_TO_EACH_THREAD.includes(name));
      await forEach(comparable, async (name, lane, make) => {
        const expected = outcomeOf(() => structuredClone(make()));
        const actual = await outcomeOfAsync(() => pool.run({ name, value: make() }, { name: 'compare' }));
        assertSameOutcome(actual, 'error' in expected ? expected : { value: 'compared' });
      });
      await pool.destroy();
    });

    it('what a worker makes comes back as its structured clone', async () => {
      const pool = openPool(options());
      const comparable = nasty.filter(([name]) => !OWN_TO_EACH_THREAD.includes(name));
      await forEach(comparable, async (name, lane, make) => {
        const expected = outcomeOf(() => structuredClone(make()));
        assertSameOutcome(await outcomeOfAsync(() => pool.run(name, { name: 'make' })), expected);
        assertSameOutcome(await outcomeOfAsync(() => pool.run(name, { name: 'makePosted' })), expected);
      });
      await pool.destroy();
    });

    it('a result that cannot be cloned fails its task, and the worker lives', async () => {
      const pool = openPool({ ...options(), maxThreads: 1, minThreads: 1 });
      const threadId = await pool.run(null, { name: 'threadId' });
      await forEach(uncloneable, async (name, make) => {
        const expected = await outcomeOfAsync(async () => structuredClone(await make()));
        assertSameOutcome(await outcomeOfAsync(() => pool.run(name, { name: 'make' })), expected);
      });
      await forEach(uncloneable, async (name, make) => {
        const expected = outcomeOf(() => structuredClone(make()));
        assertSameOutcome(await outcomeOfAsync(() => pool.run(name, { name: 'makePosted' })), expected);
      });
      assert.equal(await pool.run(null, { name: 'threadId' }), threadId);
      await pool.destroy();
    });

    it('every value arrives as it was when it was submitted, its getters run once', async () => {
      const pool = openPool(options());
      const how = fc.record({ recipe: recipes({ getters: true }), posted: fc.integer({ min: 0, max: 3 }) });
      await fc.assert(fc.asyncProperty(fc.array(how, { minLength: 1, maxLength: 6 }), async (batch) => {
        const checks = batch.map(async ({ recipe, posted }) => {
          const reference = build(recipe);
          const expected = outcomeOf(() => twice(reference.value));
          const sent = build(recipe);
          const task = pool.run(sent.value, posted === 0 ? byPort() : undefined);
          assert.deepEqual(sent.log, reference.log);
          scramble(sent.value);
          assertSameOutcome(await outcomeOfAsync(() => task), expected);
        });
        await Promise.all(checks);
      }), { numRuns: RUNS });
      await pool.destroy();
    });

    it('every result comes back as its structured clone, its getters run once', async () => {
      const pool = openPool({ ...options(), maxThreads: 1, minThreads: 1 });
      await fc.assert(fc.asyncProperty(recipes({ getters: true }), async (recipe) => {
        const reference = build(recipe);
        const expected = outcomeOf(() => structuredClone(reference.value));
        assertSameOutcome(await outcomeOfAsync(() => pool.run(recipe, { name: 'build' })), expected);
        assert.deepEqual(await pool.run(null, { name: 'getterLog' }), reference.log);
      }), { numRuns: RUNS });
      await pool.destroy();
    });
  });
}

/**
 * Changes everything in a value that can be changed. Runs no getter.
 *
 * @param {unknown} value
 * @param {Set<unknown>} [done]
 */
function scramble (value, done = new Set()) {
  if (typeof value !== 'object' || value === null || done.has(value)) return;
  done.add(value);
  if (value instanceof Map || value instanceof Set) {
    const inner = [...value.entries()].flat();
    value.clear();
    for (const each of inner) scramble(each, done);
  } else if (value instanceof Date) {
    value.setTime(1);
  } else if (ArrayBuffer.isView(value)) {
    new Uint8Array(value.buffer).fill(0xee);
  } else {
    const inner = Object.values(Object.getOwnPropertyDescriptors(value)).map((descriptor) => descriptor.value);
    for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
    Reflect.set(value, 'scrambled', true);
    for (const each of inner) scramble(each, done);
  }
}

describe('scrambling', () => {
  it('leaves nothing of a value', () => {
    const value = { a: [1, { b: 2 }], m: new Map([[1, new Uint8Array(1)]]) };
    const { a, m } = value;
    const [, inner] = a;
    const view = m.get(1);
    scramble(value);
    assertSame(value, { scrambled: true });
    assertSame(inner, { scrambled: true });
    assertSame(view, new Uint8Array([0xee]));
    assert.equal(m.size, 0);
  });
});
