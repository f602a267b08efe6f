'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { TEST_LIMIT, atomicsModes, resultOf, skipKernels } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };
const boundedKernels = { ...bounded, skip: skipKernels };

const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? Date.now() % 2 ** 31);

/** Values 0 .. count-1 as `outcomes` reports them. */
const resolved = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, value) => ({ ok: true, value }));

/** How the outer Worker ends, and what its 'exit' event then says. */
const exitCodes = { terminate: 1, exit: 4, throw: 1 };

describe('a pool inside a Worker', { concurrency: 2 }, () => {
  for (const state of ['idle', 'loop', 'block', 'never', 'queued', 'booting', 'kernel']) {
    for (const [ending, code] of Object.entries(exitCodes)) {
      const options = state === 'kernel' ? boundedKernels : bounded;
      test(`ends with it: ${ending}, state "${state}"`, options, async () => {
        const result = await resultOf('nested', 'poolInWorker', { state, ending, rounds: 2 });
        assert.equal(result.ends.length, 2);
        for (const end of result.ends) {
          assert.equal(end.code, code, JSON.stringify(end));
          assert.equal(end.undisturbed, true);
          assert.equal(end.error, ending === 'throw' ? 'thrown in the outer worker' : undefined);
        }
        assert.equal(result.after, 'after');
      });
    }
  }

  for (const atomics of atomicsModes) {
    test(`lets it end by itself when idle (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('nested', 'poolInWorker', {
        state: 'idle', ending: 'return', rounds: 2, options: { atomics }
      });
      for (const end of result.ends) {
        assert.deepEqual(end, { code: 0, said: ['ready'], undisturbed: true });
      }
    });

    test(`keeps it alive while tasks are pending (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('nested', 'poolInWorker', {
        state: 'queued', ending: 'return', rounds: 1, options: { atomics }
      });
      assert.deepEqual(result.ends, [{ code: 0, said: ['ready'], undisturbed: true }]);
    });

    for (const leave of [false, true]) {
      test(`may belong to a task, ${leave ? 'left behind' : 'destroyed'} (atomics ${atomics})`, bounded, async () => {
        const result = await resultOf('nested', 'poolInTask', { leave, options: { atomics } });
        assert.deepEqual(result.results, resolved(8));
        assert.equal(result.lost.message, 'worker exited with code: 3');
        assert.deepEqual(result.after, resolved(8));
      });
    }
  }

  test('may be ended with it at any moment', bounded, async () => {
    const result = await resultOf('nested', 'poolInWorkerAnyMoment', { seed, rounds: 12 });
    assert.deepEqual(result, { ended: 24, after: 'after' }, `seed ${seed}`);
  });
});

describe('the addon', { concurrency: 1 }, () => {
  const kernels = !skipKernels;

  for (const endings of [['return'], ['terminate'], ['return', 'terminate', 'exit', 'throw']]) {
    for (const mainLoads of [true, false]) {
      const where = mainLoads ? 'beside the main thread' : 'without the main thread';
      test(`loads in 32 Workers at once, ${where}, which end by ${endings.join(', ')}`, bounded, async () => {
        const rounds = mainLoads ? 2 : 1;
        const result = await resultOf('nested', 'addonInWorkers', {
          seed, count: 32, rounds, endings, mainLoads, kernels
        });
        assert.deepEqual(result.wrong, [], `seed ${seed}`);
        assert.equal(result.beside, mainLoads ? rounds * 100 : 0);
        assert.equal(result.after, 'after');
      });
    }
  }

  test('loads in one Worker after the other', bounded, async () => {
    const result = await resultOf('nested', 'addonInWorkers', {
      seed, count: 1, rounds: 24, endings: ['return'], mainLoads: true, kernels
    });
    assert.deepEqual(result.wrong, []);
    assert.equal(result.after, 'after');
  });
});
