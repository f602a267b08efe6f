'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');
const { TEST_LIMIT, resultOf } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

describe('a worker that is told to end while V8 compiles, right before it sleeps', { concurrency: 2 }, () => {
  test('lets destroy() end', bounded, async () => {
    assert.deepEqual(await resultOf('compiling', 'destroy'), { threads: 0 });
  });

  test('ends when its owner terminates it', bounded, async () => {
    assert.deepEqual(await resultOf('compiling', 'terminate'), { code: 1 });
  });

  test('lets the process end', bounded, async () => {
    assert.deepEqual(await resultOf('compiling', 'processEnd'), { code: 0 });
  });

  test('lets the Worker end that has the pool', bounded, async () => {
    assert.deepEqual(await resultOf('compiling', 'workerEnd'), { code: 0 });
  });
});
