'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const {
  TEST_LIMIT, atomicsModes, resultOf, skipKernels
} = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

/** A failed run names its seed; set it here to repeat the run. */
const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? Date.now() % 2 ** 31);

/** Values 0 .. count-1 as `outcomes` reports them. */
const resolved = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, value) => ({ ok: true, value }));

/** How a task can lose its worker, and what its promise then says. */
const losses = [
  ['an exception in a timer', 'throwInTimer', 0, { name: 'TypeError', message: 'thrown in a timer' }],
  ['an exception in an immediate', 'throwInImmediate', 0, { name: 'TypeError', message: 'thrown in an immediate' }],
  ['an unhandled rejection', 'rejectUnhandled', 0, { name: 'TypeError', message: 'rejected and not handled' }],
  ['a stack overflow in a timer', 'overflowStackInTimer', 0, { name: 'RangeError' }],
  ['process.exit(0)', 'exit', 0, { message: 'worker exited with code: 0' }],
  ['process.exit(1)', 'exit', 1, { message: 'worker exited with code: 1' }],
  ['process.exit(42) in a timer', 'exitInTimer', 42, { message: 'worker exited with code: 42' }],
  ['the end of its heap', 'exhaustHeap', 0, { code: 'ERR_WORKER_OUT_OF_MEMORY' }]
];

/**
 * @param {any} outcome
 * @param {Record<string, unknown>} expected
 */
function assertRejected (outcome, expected) {
  assert.equal(outcome.ok, false);
  for (const [key, value] of Object.entries(expected)) {
    assert.equal(outcome[key], value, `${key} of ${JSON.stringify(outcome)}`);
  }
}

describe('a task that loses its worker', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    for (const [what, handler, value, expected] of losses) {
      test(`to ${what} is the only one to reject (atomics ${atomics})`, bounded, async () => {
        const result = await resultOf('worker-loss', 'taskLosesWorker', {
          handler, value, options: { atomics }
        });
        assertRejected(result.lost, expected);
        assert.equal(result.before, 'before');
        assert.deepEqual(result.behind, [0, 1, 2, 3, 4]);
        assert.equal(result.after, 'after');
        assert.equal(result.threads, 1);
      });
    }

    test(`may be one of several: all workers lost at once (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'allWorkersLost', { options: { atomics } });
      assert.deepEqual(result.before, resolved(8));
      assertRejected(result.lost[0], { message: 'thrown in a timer' });
      assertRejected(result.lost[1], { message: 'worker exited with code: 9' });
      assertRejected(result.lost[2], { code: 'ERR_WORKER_OUT_OF_MEMORY' });
      assertRejected(result.lost[3], { message: 'rejected and not handled' });
      assert.deepEqual(result.behind, resolved(100));
      assert.equal(result.threads, 4);
    });

    test(`takes along the tasks of its worker, no others (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'neighboursOfLostTask', { options: { atomics } });
      assertRejected(result.crash, { message: 'thrown in a timer' });
      const lost = result.waiting.filter((outcome) => !outcome.ok);
      for (const outcome of lost) assertRejected(outcome, { message: 'thrown in a timer' });
      assert.ok(lost.length <= 3, `${lost.length} neighbours were lost`);
      assert.deepEqual(result.after, resolved(8));
    });
  }

  for (const [what, handler, value, expected] of losses) {
    test(`to ${what}, the only one of the pool, leaves no queued task behind`, bounded, async () => {
      const result = await resultOf('worker-loss', 'onlyWorkerLost', {
        handler,
        value,
        options: { resourceLimits: { maxOldGenerationSizeMb: 16 } }
      });
      for (const outcome of result.lost) assertRejected(outcome, expected);
      assert.deepEqual(result.queued, resolved(50));
    });
  }

  test('to an abort, the only one of the pool, leaves no queued task behind', bounded, async () => {
    const result = await resultOf('worker-loss', 'onlyWorkerTaken', { how: 'abort' });
    assertRejected(result.taken, { name: 'AbortError' });
    assert.deepEqual(result.queued, resolved(50));
  });

  test('to the user, the only one of the pool, leaves no queued task behind', bounded, async () => {
    const result = await resultOf('worker-loss', 'onlyWorkerTaken', { how: 'terminate' });
    assertRejected(result.taken, { message: 'worker exited with code: 1' });
    assert.deepEqual(result.queued, resolved(50));
  });
});

describe('a worker', { concurrency: 2 }, () => {
  test('survives stack overflows of its handler', bounded, async () => {
    const result = await resultOf('worker-loss', 'stackOverflow');
    assert.equal(result.sameWorker, true);
    assert.equal(result.overflows.length, 20);
    for (const outcome of result.overflows) assertRejected(outcome, { name: 'RangeError' });
  });

  for (const atomics of ['async', 'disabled']) {
    test(`that crashes while idle is an error of the pool and is replaced (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'idleWorkerCrashes', { options: { atomics } });
      assert.equal(result.errors.length, 1);
      assert.equal(result.errors[0].message, 'thrown while idle');
      assert.deepEqual(result.after, resolved(10));
    });
  }

  for (const atomics of atomicsModes) {
    test(`lost before it takes the task that it was chosen for leaves it to another (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'chosenWorkerLost', { rounds: 5, options: { atomics } });
      const errors = atomics === 'sync' ? [] : ['thrown while idle'];
      assert.equal(result.length, 5);
      for (const run of result) {
        assert.equal(run.byOther, true);
        assert.deepEqual(run.errors.map((/** @type {Error} */ { message }) => message), errors);
      }
    });

    test(`ended by the user while it starts is replaced, and costs no task (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'userTerminatesStarting', { options: { atomics } });
      assert.deepEqual(result, { queued: resolved(50), threads: 2 });
    });

    for (const state of ['parked', 'loop', 'block', 'never', 'kernel']) {
      const options = { ...bounded, skip: state === 'kernel' && skipKernels };
      test(`ended by the user in state "${state}" is replaced (atomics ${atomics})`, options, async () => {
        const result = await resultOf('worker-loss', 'userTerminates', { state, options: { atomics } });
        assert.deepEqual(result.codes, [1, 1]);
        assert.equal(result.lost.length, state === 'parked' ? 0 : 2);
        for (const outcome of result.lost) assertRejected(outcome, { message: 'worker exited with code: 1' });
        assert.deepEqual(result.queued, state === 'parked' ? [] : resolved(20));
        assert.deepEqual(result.after, resolved(20));
        assert.deepEqual(result.errors, []);
        assert.equal(result.replaced, true);
      });
    }

    test(`ended by the user while parked, ten times over, is replaced each time (atomics ${atomics})`, bounded, async () => {
      const result = await resultOf('worker-loss', 'parkedWorkerTerminatedOften', {
        rounds: 10, options: { atomics }
      });
      assert.deepEqual(result.codes, Array(10).fill(1));
      assert.equal(result.after, 'after');
    });
  }

  test('ended by the user while it boots is replaced', bounded, async () => {
    const result = await resultOf('worker-loss', 'userTerminates', { state: 'booting' });
    assert.equal(result.queued.length, 20);
    for (const outcome of result.queued) {
      if (!outcome.ok) assert.match(outcome.message, /^worker exited with code: [01]$/);
    }
    assert.deepEqual(result.after, resolved(20));
    assert.equal(result.replaced, true);
  });
});

describe('a worker that is retired when idle', { concurrency: 2 }, () => {
  for (const atomics of atomicsModes) {
    test(`takes no task with it (atomics ${atomics})`, bounded, async (t) => {
      const result = await resultOf('worker-loss', 'retirement', {
        seed, rounds: 400, budget: 2500, options: { atomics }
      });
      t.diagnostic(`seed ${seed}: ${result.rounds} rounds, ${result.created} workers`);
      assert.deepEqual(result.wrong, [], `seed ${seed}`);
      assert.deepEqual(result.errors, []);
    });
  }
});

describe('a worker file', { concurrency: 2 }, () => {
  /** How the pool's own file can end a worker, and what tasks then say. */
  const failures = [
    ['throws.js', /thrown while loading/],
    ['exits.js', /exited with code: 3/]
  ];

  for (const [file, said] of failures) {
    for (const minThreads of [0, 1, 2]) {
      test(`that fails (${file}) rejects the tasks of the pool, minThreads ${minThreads}`, bounded, async () => {
        const result = await resultOf('worker-loss', 'bootFails', {
          file, options: { minThreads, maxThreads: 2 }
        });
        assert.equal(result.failed.length, 3);
        for (const outcome of [...result.failed, ...result.later]) {
          assert.equal(outcome.ok, false);
          assert.match(`${outcome.message} ${outcome.cause?.message}`, said);
        }
        assert.ok(result.loadsWhileIdle <= 2, `${result.loadsWhileIdle} loads without a task`);
      });
    }

    test(`that fails (${file}) is not loaded over and over without a task`, bounded, async () => {
      const result = await resultOf('worker-loss', 'bootFailsWithoutTasks', { file });
      assert.ok(result.loads <= 3, `${result.loads} loads`);
    });

    test(`that fails (${file}) rejects only the tasks that name it`, bounded, async () => {
      const result = await resultOf('worker-loss', 'taskFileFails', { file });
      for (const outcome of result.failed) {
        assert.equal(outcome.ok, false);
        assert.match(`${outcome.message} ${outcome.cause?.message}`, said);
      }
      assert.deepEqual(result.sound, resolved(10));
      assert.deepEqual(result.errors, []);
    });
  }

  test('that fails only when a lost worker is replaced rejects the tasks that wait', bounded, async () => {
    const result = await resultOf('worker-loss', 'replacementFails');
    assert.deepEqual(result.first, { ok: true, value: 'first' });
    assertRejected(result.lost, { message: 'worker exited with code: 6' });
    assert.equal(result.queued.length, 10);
    for (const outcome of result.queued) {
      assert.equal(outcome.ok, false);
      assert.match(`${outcome.message} ${outcome.cause?.message}`, /thrown while loading again/);
    }
    assert.deepEqual(result.sound, resolved(10));
  });

  test('that takes long to load holds up nobody and is awaited', bounded, async () => {
    const result = await resultOf('worker-loss', 'slowFile');
    assert.deepEqual(result, [...resolved(4), ...resolved(4)]);
  });

  test('that never finishes loading is given up by an abort', bounded, async () => {
    const result = await resultOf('worker-loss', 'taskFileHangs', { file: 'hangs.js' });
    assertRejected(result.hung, { name: 'AbortError' });
    assert.deepEqual(result.queued, resolved(10));
  });

  test('that waits for nothing any more while it loads is found out', bounded, async () => {
    const result = await resultOf('worker-loss', 'taskFileNeverSettles', {
      file: 'never-resolves.mjs', options: { loadTimeout: 10_000 }
    });
    assertRejected(result.hung, { code: 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED' });
    assert.equal(result.loads, 1);
    assert.deepEqual(result.queued, resolved(10));
  });
});
