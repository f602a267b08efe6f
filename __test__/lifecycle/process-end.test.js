'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const {
  TEST_LIMIT, assertEnded, atomicsModes, resultOf, runScenario, skipKernels
} = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

/** Each setting that changes how workers wait; the variables are tried with fewer variants. */
const waits = [
  ...atomicsModes.map((atomics) => ({ what: `atomics ${atomics}`, options: { atomics }, env: {}, minThreads: [0, 1, 3] })),
  { what: 'PISCINA_DISABLE_ATOMICS=1', options: {}, env: { PISCINA_DISABLE_ATOMICS: '1' }, minThreads: [1] },
  { what: 'PISCINA_ENABLE_ASYNC_ATOMICS=1', options: {}, env: { PISCINA_ENABLE_ASYNC_ATOMICS: '1' }, minThreads: [1] }
];

/** What can be in flight when the process ends. */
const inFlight = [
  'parked', 'loop', 'block', 'never', 'queued', 'booting', 'closing', 'destroying', 'kernel', 'taskKernel', 'all'
];

/** @param {string} state */
const boundedIn = (state) =>
  ({ ...bounded, skip: ['kernel', 'taskKernel', 'all'].includes(state) && skipKernels });

describe('a process', { concurrency: 2 }, () => {
  for (const { what, options, env, minThreads } of waits) {
    for (const threads of minThreads) {
      for (const tasks of [0, 40]) {
        test(`ends by itself: minThreads ${threads}, ${tasks} tasks done, ${what}`, bounded, async () => {
          const args = { tasks, options: { minThreads: threads, maxThreads: 3, ...options } };
          const result = await resultOf('process-end', 'idle', args, { env });
          assert.deepEqual(result, { code: 0, right: true });
        });
      }
    }

    test(`ends by itself though its pool rests with workers, ${what}`, bounded, async () => {
      const args = { options: { minThreads: 2, maxThreads: 2, ...options } };
      const result = await resultOf('process-end', 'idleForAWhile', args, { env });
      assert.deepEqual(result, { code: 0, threads: 2 });
    });

    for (const name of Object.keys(env).length > 0 ? ['wait'] : ['wait', 'work', 'waitUnrefed']) {
      for (const scenario of ['pendingTask', 'pendingTaskAfterRest']) {
        test(`stays for its pending tasks and then ends: ${scenario}, ${name}, ${what}`, bounded, async () => {
          const args = { name, milliseconds: 150, count: 3, options };
          const result = await resultOf('process-end', scenario, args, { env });
          assert.deepEqual(result, { code: 0, values: [0, 1, 2] });
        });
      }
    }

    test(`ends once its last task was aborted, ${what}`, bounded, async () => {
      const result = await resultOf('process-end', 'abortedTask', { options }, { env });
      assert.equal(result.name, 'AbortError');
    });

    test(`stays for a task that 'beforeExit' submits, ${what}`, bounded, async () => {
      const result = await resultOf('process-end', 'beforeExit', { options }, { env });
      assert.equal(result, 'once more');
    });
  }

  test('ends by itself though its idle workers are kept for ever', bounded, async () => {
    const options = { minThreads: 1, maxThreads: 3, idleTimeout: 2 ** 30 };
    const result = await resultOf('process-end', 'idle', { tasks: 100, options });
    assert.deepEqual(result, { code: 0, right: true });
  });
});

describe('process.exit()', { concurrency: 2 }, () => {
  for (const state of inFlight) {
    for (const atomics of ['parked', 'never', 'queued', 'all'].includes(state) ? atomicsModes : ['sync']) {
      test(`ends at once with its code, state "${state}" (atomics ${atomics})`, boundedIn(state), async () => {
        const run = await runScenario('process-end', 'ended', {
          args: { state, how: 'exit', options: { atomics } }
        });
        assertEnded(run, { code: 7 });
        assert.deepEqual(run.reports, [{ code: 7 }]);
      });
    }
  }

  for (const name of ['echo', 'fail', 'throwInTimer', 'exit']) {
    test(`may be called where a task settles (${name})`, bounded, async () => {
      const run = await runScenario('process-end', 'exitInContinuation', { args: { name } });
      assertEnded(run, { code: 7 });
    });
  }

  test('is not held up by a pool that is used in an exit listener', bounded, async () => {
    const run = await runScenario('process-end', 'runInExitListener');
    assertEnded(run, { code: 7 });
  });

  test('is not needed: process.exitCode holds after destroy()', bounded, async () => {
    const run = await runScenario('process-end', 'ended', { args: { state: 'loop', how: 'exitCode' } });
    assertEnded(run, { code: 7 });
  });
});

describe('an exception on the main thread', { concurrency: 2 }, () => {
  for (const state of inFlight) {
    const ways = { throw: 'uncaught on the main thread', reject: 'unhandled on the main thread' };
    for (const [how, message] of Object.entries(ways)) {
      if (how === 'reject' && state !== 'queued' && state !== 'all') continue;
      test(`ends the process as it does without a pool: ${how}, state "${state}"`, boundedIn(state), async () => {
        const run = await runScenario('process-end', 'ended', { args: { state, how } });
        assertEnded(run, { code: 1 });
        assert.ok(run.stderr.includes(message), run.stderr);
      });
    }
  }
});

describe('a signal', { concurrency: 2, skip: process.platform === 'win32' && 'no signals on Windows' }, () => {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
    const states = signal === 'SIGINT' ? ['parked', 'queued'] : ['parked', 'loop', 'block', 'queued', 'kernel', 'taskKernel'];
    for (const state of states) {
      test(`ends the process: ${signal}, state "${state}"`, boundedIn(state), async () => {
        const run = await runScenario('process-end', 'signalled', {
          args: { state },
          onReport: (report, child) => child.kill(signal)
        });
        assertEnded(run, { code: null, signal });
      });

      test(`may be handled by destroying the pool: ${signal}, state "${state}"`, boundedIn(state), async () => {
        const run = await runScenario('process-end', 'signalled', {
          args: { state, handle: signal },
          onReport: (report, child) => report.ready && child.kill(signal)
        });
        assertEnded(run);
        assert.deepEqual(run.result, { destroyed: true });
      });
    }
  }
});
