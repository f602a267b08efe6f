'use strict';

const assert = require('node:assert/strict');

/**
 * The tasks that the scenarios have in common: how one is made and which answer is right.
 *
 * @typedef {{ make: (index: number) => any, check: (index: number, result: any) => void }} Task
 * @type {Record<'add' | 'nested', Task>}
 */
const tasks = {
  add: {
    make: (index) => ({ a: index, b: 1 }),
    check (index, result) {
      if (result !== index + 1) {
        assert.equal(result, index + 1);
      }
    }
  },
  nested: {
    make: (index) => ({
      id: index,
      customer: { name: 'Ada Lovelace', tags: ['first', 'engine', 'notes'] },
      lines: [{ sku: 'card-0017', count: 2 }, { sku: 'card-0018', count: 40 }],
      paid: false
    }),
    check (index, result) {
      assert.equal(result.id, index);
      assert.equal(result.paid, true);
      // The whole object is compared now and then: deepEqual is slower than any pool.
      if (index % 1000 === 0) {
        assert.deepEqual(result, {
          id: index,
          customer: { name: 'Ada Lovelace', tags: ['first', 'engine', 'notes'] },
          lines: [{ sku: 'card-0017', count: 3 }, { sku: 'card-0018', count: 41 }],
          paid: true
        });
      }
    }
  }
};

/**
 * Submits all values at once and waits for all answers.
 *
 * @param {import('../contestants/types').OpenPool} pool
 * @param {any[]} values
 * @returns {Promise<{ milliseconds: number, results: any[] }>}
 */
async function runAll (pool, values) {
  const promises = new Array(values.length);
  const start = performance.now();
  for (let index = 0; index < values.length; index++) {
    promises[index] = pool.run(values[index]);
  }
  const results = await Promise.all(promises);
  return { milliseconds: performance.now() - start, results };
}

/**
 * Keeps `inFlight` tasks under way until `count` are done.
 *
 * @param {number} inFlight
 * @param {number} count
 * @param {(lane: number, index: number) => PromiseLike<void>} step runs one task and checks its answer
 * @returns {Promise<number>} milliseconds
 */
async function keepInFlight (inFlight, count, step) {
  let next = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async (_, lane) => {
    while (next < count) {
      await step(lane, next++);
    }
  }));
  return performance.now() - start;
}

/** Milliseconds of warm-up: what a runtime compiles while it runs is compiled by then, whoever's code it is. */
const WARM_UP = 1000;

/**
 * Repeats a round until the same time has passed for everybody; in the quick mode once.
 *
 * @param {() => Promise<unknown>} round
 * @param {boolean} quick
 */
async function warmUp (round, quick) {
  const start = performance.now();
  do await round();
  while (!quick && performance.now() - start < WARM_UP);
}

/** @param {number} count @param {number} milliseconds */
const perSecond = (count, milliseconds) => count / milliseconds * 1000;

module.exports = { tasks, runAll, keepInFlight, perSecond, warmUp };
