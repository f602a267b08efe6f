'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { TEST_LIMIT, atomicsModes, resultOf } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };
const exposeGc = { execArgv: ['--expose-gc'] };

describe('memory', { concurrency: 2 }, () => {
  for (const method of ['destroy', 'close']) {
    test(`of pools that were ended comes back (${method})`, bounded, async (t) => {
      const rounds = 20;
      const result = await resultOf('garbage', 'endedPools', {
        rounds, method, options: { minThreads: 1, maxThreads: 2 }
      }, exposeGc);
      t.diagnostic(JSON.stringify(result));
      // One may still be on the stack of the last turn.
      assert.ok(result.alive <= 2, `${result.alive} of ${result.pools} pools are alive`);
      assert.ok(result.growth.heapUsed < rounds * 40, `the heap grew by ${result.growth.heapUsed} KiB`);
      assert.ok(result.growth.external < rounds * 100, `external memory grew by ${result.growth.external} KiB`);
      assert.ok(result.growth.rss < rounds * 1500, `the process grew by ${result.growth.rss} KiB`);
    });
  }

  test('of pools that were never used comes back', bounded, async (t) => {
    const rounds = 500;
    const result = await resultOf('garbage', 'unusedPools', { rounds }, exposeGc);
    t.diagnostic(JSON.stringify(result));
    assert.ok(result.alive <= 2, `${result.alive} of ${result.pools} pools are alive`);
    assert.ok(result.growth.heapUsed < 1000, `the heap grew by ${result.growth.heapUsed} KiB`);
    assert.ok(result.growth.rss < rounds * 100, `the process grew by ${result.growth.rss} KiB`);
  });

  for (const atomics of atomicsModes) {
    test(`of tasks comes back while their pool lives on (atomics ${atomics})`, bounded, async (t) => {
      const growth = await resultOf('garbage', 'tasksOfOnePool', { rounds: 6, options: { atomics } }, exposeGc);
      t.diagnostic(JSON.stringify(growth));
      assert.ok(growth.heapUsed < 1500, `the heap grew by ${growth.heapUsed} KiB`);
      assert.ok(growth.external < 4000, `external memory grew by ${growth.external} KiB`);
      assert.ok(growth.rss < 100_000, `the process grew by ${growth.rss} KiB`);
    });
  }

  test('of values and results is not held by the pool', bounded, async () => {
    const result = await resultOf('garbage', 'resultsAreReleased', {}, exposeGc);
    assert.equal(result.refs, 40);
    assert.ok(result.alive <= 2, `${result.alive} values are alive`);
  });
});

describe('a pool that nobody holds', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    test(`lets the process end when it is idle (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('garbage', 'droppedIdlePools', {
        count: 4, options: { minThreads: 1, maxThreads: 2, atomics }
      }, exposeGc);
      assert.deepEqual(result, { code: 0 });
    });

    test(`still settles its task (atomics ${atomics})`, bounded, async () => {
      assert.equal(await resultOf('garbage', 'droppedBusyPool', { options: { atomics } }, exposeGc), 1);
    });
  }
});
