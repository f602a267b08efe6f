'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const {
  TEST_LIMIT, assertEnded, atomicsModes, resultOf, runScenario, skipKernels
} = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

/** @param {string} state */
const boundedIn = (state) => ({ ...bounded, skip: state === 'kernel' && skipKernels });

/** Values 0 .. count-1 as `outcomes` reports them. */
const resolved = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, value) => ({ ok: true, value }));

/**
 * @param {any[]} outcomes
 * @param {string} message
 * @param {unknown} [cause]
 */
function assertAllRejected (outcomes, message, cause) {
  for (const outcome of outcomes) {
    assert.equal(outcome.ok, false);
    assert.equal(outcome.message, message);
    assert.deepEqual(outcome.cause, cause);
  }
}

/** The running and queued tasks of a state of `poolInState`. */
const sizes = { fresh: [0, 0], booting: [0, 200], idle: [0, 0], loop: [2, 200], block: [2, 200], never: [2, 200], kernel: [2, 200] };

describe('destroy()', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    for (const [state, [running, queued]] of Object.entries(sizes)) {
      test(`rejects all and leaves a usable pool, state "${state}" (atomics ${atomics})`, boundedIn(state), async () => {
        const result = await resultOf('shutdown', 'destroy', { state, options: { atomics } });
        assert.equal(result.running.length, running);
        assert.equal(result.queued.length, queued);
        assertAllRejected([...result.running, ...result.queued], 'Terminating worker thread');
        assert.equal(result.threads, 0);
        assert.equal(result.queueSize, 0);
        assert.deepEqual(result.after, resolved(20));
        assert.deepEqual(result.errors, []);
      });
    }
  }

  for (const state of ['fresh', 'booting', 'block']) {
    test(`may be called several times at once, state "${state}"`, bounded, async () => {
      const result = await resultOf('shutdown', 'destroy', { state, times: 3 });
      assertAllRejected([...result.running, ...result.queued], 'Terminating worker thread');
      assert.equal(result.threads, 0);
      assert.deepEqual(result.after, resolved(20));
    });
  }
});

describe('close()', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    for (const threads of [1, 2, 3, 4]) {
      test(`waits for running and queued tasks of ${threads} workers (atomics ${atomics})`, bounded, async () => {
        const result = await resultOf('shutdown', 'close', { threads, options: { atomics } });
        assert.deepEqual(result.tasks, resolved(60));
        assert.deepEqual(result.runs, Array(60).fill(1));
        assert.equal(result.settledFirst, true);
        assertAllRejected([result.late], 'The task has been aborted', 'queue is being terminated');
        assert.equal(result.threads, 0);
        assert.equal(result.closeEvents, 1);
        assert.deepEqual(result.after, resolved(20));
      });
    }

    test(`with force finishes what runs and aborts what waits (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('shutdown', 'closeForced', { options: { atomics } });
      assert.deepEqual(result.running, resolved(2));
      assert.equal(result.queued.length, 500);
      assertAllRejected(result.queued, 'The task has been aborted', 'pool is closed');
      assert.equal(result.after, 'after');
    });

    for (const handler of ['loop', 'block', 'never']) {
      test(`ends a task that outlasts closeTimeout: ${handler} (atomics ${atomics})`, bounded, async () => {
        const result = await resultOf('shutdown', 'closeTimesOut', { handler, options: { atomics } });
        assert.equal(result.running.length + result.queued.length, 202);
        assertAllRejected([...result.running, ...result.queued], 'Terminating worker thread');
        assert.deepEqual(result.errors.map(({ message }) => message), ['Close operation timed out']);
        assert.equal(result.threads, 0);
        assert.equal(result.after, 'after');
      });
    }
  }

  test('waits for tasks with large values', bounded, async () => {
    const result = await resultOf('shutdown', 'close', { threads: 2, payload: 300_000 });
    assert.deepEqual(result.tasks, resolved(60));
    assert.equal(result.settledFirst, true);
  });

  for (const state of ['fresh', 'idle']) {
    test(`of a pool without tasks returns, state "${state}"`, bounded, async () => {
      const result = await resultOf('shutdown', 'closeIdle', { state });
      assert.equal(result.after, 'after');
    });
  }

  test('of a pool without workers returns', bounded, async () => {
    const result = await resultOf('shutdown', 'closeIdle', { state: 'fresh', options: { minThreads: 0 } });
    assert.equal(result.after, 'after');
  });

  for (const how of ['crash', 'abort', 'terminate']) {
    test(`returns after the only worker was lost with tasks queued (${how})`, bounded, async () => {
      const result = await resultOf('shutdown', 'closeAfterLoss', { how });
      assert.equal(result.lost.ok, false);
      assert.deepEqual(result.queued, resolved(20));
    });
  }
});

describe('close() and destroy()', { concurrency: 2 }, () => {
  for (const order of [['close', 'destroy'], ['destroy', 'close'], ['close', 'destroy', 'close', 'destroy']]) {
    for (const state of ['booting', 'block', 'never']) {
      test(`at once, ${order.join(', ')}, state "${state}"`, bounded, async () => {
        const result = await resultOf('shutdown', 'closeAndDestroy', { order, state });
        assertAllRejected([...result.running, ...result.queued], 'Terminating worker thread');
        assert.equal(result.threads, 0);
        assert.equal(result.after, 'after');
      });
    }
  }

  test('in turns leave a pool that works each time', bounded, async () => {
    const rounds = 12;
    const result = await resultOf('shutdown', 'turns', { rounds });
    const expected = Array.from({ length: rounds }, (_, value) => [{ ok: true, value }, 10]).flat();
    assert.deepEqual(result, expected);
  });

  for (const method of ['close', 'destroy']) {
    test(`reject what is submitted meanwhile (${method})`, bounded, async () => {
      const result = await resultOf('shutdown', 'runMeanwhile', { method });
      assert.equal(result.during.length, 10);
      assertAllRejected(result.during, 'The task has been aborted', 'queue is being terminated');
      assert.equal(result.after, 'after');
    });

    for (const atomics of atomicsModes) {
      for (const state of ['fresh', 'idle', ...(method === 'destroy' ? ['booting', 'block', 'never'] : ['booting'])]) {
        test(`leave no handle and no listener: ${method}, state "${state}" (atomics ${atomics})`, bounded, async () => {
          const run = await runScenario('shutdown', 'handlesAfterwards', {
            args: { method, state, options: { atomics } }
          });
          assertEnded(run);
          assert.deepEqual(run.result.after, run.result.before);
        });
      }
    }
  }
});
