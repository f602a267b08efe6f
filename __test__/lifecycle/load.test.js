'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { TEST_LIMIT, atomicsModes, resultOf } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

/** A failed storm names its seed; set it here to repeat the run. */
const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? Date.now() % 2 ** 31);

describe('with hundreds of tasks in flight', { concurrency: 1 }, () => {
  const storms = /** @type {const} */ ([
    ['workers lost to tasks and aborts', 0, { concurrentTasksPerWorker: 1 }],
    ['workers lost to tasks, aborts and the user', 15, { concurrentTasksPerWorker: 1 }],
    ['workers with several tasks lost', 15, { concurrentTasksPerWorker: 4 }]
  ]);

  for (const atomics of atomicsModes) {
    for (const [what, terminations, options] of storms) {
      test(`every promise settles once and rightly: ${what} (atomics ${atomics})`, bounded, async (t) => {
        const result = await resultOf('load', 'storm', {
          seed, count: 900, threads: 3, terminations, options: { ...options, atomics }
        });
        t.diagnostic(`seed ${seed}: ${JSON.stringify(result.counts)}`);
        assert.deepEqual(result.wrong, [], `seed ${seed}`);
        assert.deepEqual(result.errors, [], `seed ${seed}`);
        if (options.concurrentTasksPerWorker === 1) {
          const { collateral, terminated } = result.counts;
          assert.ok(collateral <= terminated, `${collateral} bystanders lost to ${terminated} kills`);
        }
        assert.ok(result.mostThreads <= 3, `${result.mostThreads} threads`);
        assert.equal(result.queueSize, 0);
        assert.equal(result.healed, true);
      });
    }

    test(`destroy() settles them all, again and again (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('load', 'destroyedInFlight', { seed, rounds: 10, options: { atomics } });
      assert.deepEqual(result, { wrong: [], after: 'after' }, `seed ${seed}`);
    });
  }
});
