'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { TEST_LIMIT, atomicsModes, resultOf, skipKernels } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

/** A failed race names its seed; set it here to repeat the run. */
const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? Date.now() % 2 ** 31);

/** Values 0 .. count-1 as `outcomes` reports them. */
const resolved = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, value) => ({ ok: true, value }));

/**
 * @param {any} outcome
 * @param {unknown} [cause]
 */
function assertAborted (outcome, cause) {
  assert.equal(outcome.ok, false);
  assert.equal(outcome.name, 'AbortError');
  assert.equal(outcome.message, 'The task has been aborted');
  if (cause !== undefined) assert.equal(outcome.cause, cause);
}

describe('an abort that races with completion', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    for (const handler of ['work', 'wait']) {
      test(`rejects the aborted task and no other (${handler}, atomics ${atomics})`, bounded, async (t) => {
        const result = await resultOf('abort', 'raceWithCompletion', {
          seed, handler, rounds: 1500, budget: 3000, options: { atomics }
        });
        t.diagnostic(`seed ${seed}: ${result.aborted} aborts in ${result.rounds} rounds`);
        assert.deepEqual(result.faults, [], `seed ${seed}`);
        assert.deepEqual(result.errors, []);
        assert.ok(result.mostThreads <= 2, `${result.mostThreads} threads`);
        assert.equal(result.healed, true);
      });
    }
  }
});

describe('an abort of a task that has ended', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    test(`gives its place back where the main thread distributes (atomics ${atomics})`, bounded, async () => {
      const results = await resultOf('abort', 'endedTaskOfDirectedPool', { rounds: 5, options: { atomics } });
      assert.equal(results.length, 5);
      for (const [id, { ended, waiting, later }] of results.entries()) {
        assertAborted(ended, id);
        assert.deepEqual([waiting, later], [{ ok: true, value: id }, { ok: true, value: id }]);
      }
    });
  }
});

describe('an abort of a queued task', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    test(`takes exactly that task out of thousands (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('abort', 'queuedTasks', { seed, count: 6000, options: { atomics } });
      assert.deepEqual(result.faults, [], `seed ${seed}`);
      assert.ok(result.aborted > 0);
      assert.equal(result.queueSize, 0);
    });
  }

  test('takes exactly that task out, with several workers at it', bounded, async () => {
    const result = await resultOf('abort', 'queuedTasks', {
      seed, count: 6000, options: { minThreads: 3, maxThreads: 3 }
    });
    assert.deepEqual(result.faults, [], `seed ${seed}`);
    assert.equal(result.queueSize, 0);
  });

  test('leaves the others in their order', bounded, async () => {
    assert.deepEqual(await resultOf('abort', 'orderOfTheRest'), { inOrder: true });
  });
});

describe('an abort of a running task', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    for (const handler of ['loop', 'block', 'never', 'kernel']) {
      const options = { ...bounded, skip: handler === 'kernel' && skipKernels };
      test(`ends a worker that does not answer: ${handler} (atomics ${atomics})`, options, async () => {
        const result = await resultOf('abort', 'stuckTask', { handler, options: { atomics } });
        assert.equal(result.stuck.length, 2);
        for (const outcome of result.stuck) assertAborted(outcome, 'enough');
        assert.deepEqual(result.queued, resolved(50));
        assert.equal(result.threads, 2);
      });
    }

    test(`takes along at most the tasks of that worker (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('abort', 'neighbours', { options: { atomics } });
      assertAborted(result.aborted);
      for (const [id, outcome] of result.others.entries()) {
        if (outcome.ok) assert.equal(outcome.value, id);
        else assert.equal(outcome.message, 'Terminating worker thread');
      }
      assert.deepEqual(result.after, resolved(20));
    });
  }
});

describe('an abort', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    test(`in the turn of run() rejects, before it too (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('abort', 'sameTurn', { options: { atomics } });
      assert.equal(result.results.length, 50);
      for (const outcome of result.results) assertAborted(outcome);
      assertAborted(result.before, 'before');
      assert.equal(result.after, 'after');
    });
  }

  test('while the worker boots leaves a pool that replaces its workers', bounded, async () => {
    const result = await resultOf('abort', 'bootingWorker');
    assert.equal(result.aborted.length, 2);
    for (const outcome of result.aborted) assertAborted(outcome);
    assert.deepEqual(result.echoes, resolved(10));
    assert.equal(result.lost.message, 'worker exited with code: 7');
    assert.deepEqual(result.after, resolved(10));
  });

  for (const kind of ['AbortSignal', 'EventEmitter']) {
    test(`of one ${kind} rejects all of its tasks, running and queued, and no others`, bounded, async () => {
      const result = await resultOf('abort', 'sharedSignal', { kind });
      assert.equal(result.running.length + result.queued.length, 502);
      for (const outcome of [...result.running, ...result.queued]) assertAborted(outcome);
      assert.deepEqual(result.others, resolved(100));
      assert.deepEqual(result.warnings, []);
    });
  }

  test('is no longer listened for once the task has settled', bounded, async () => {
    assert.deepEqual(await resultOf('abort', 'listenersAfterwards'), { settled: 200, listeners: 0 });
  });
});
