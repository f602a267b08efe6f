'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { resultOf, TEST_LIMIT } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };

const small = 'for (;;) { run(1); run({ a: [1] }); }';
const byPort = 'for (;;) { run(new Map([[1, "x".repeat(100000)]])); run(1); }';
const getters = 'for (;;) run({ get a () { run(1); return 2; } });';

/** What a script does to which pool until it is ended. */
const scripts = [
  ['submits small values', '', small],
  ['submits values for the port', '', byPort],
  ['submits values with getters that submit others', '', getters],
  ['asks for statistics', '', 'for (;;) { run(1); stats(); }'],
  ['submits small values to a pool with a queue', 'queue', small],
  ['submits values with getters to a pool with a queue', 'queue', getters],
  ['submits values for the port of a pool with a load balancer', 'balancer', byPort],
  ['submits small values to a pool with several tasks a worker', 'several', small]
];

describe('a script that is ended in the midst of it (vm with a timeout)', { concurrency: 2 }, () => {
  for (const [what, kind, code] of scripts) {
    test(`leaves a pool that works: it ${what}`, bounded, async () => {
      const result = await resultOf('cut-short', 'cutShort', { code, kind });
      assert.deepEqual(result, { cuts: 28, answers: ['before', { by: 'port' }], unsettled: 0, unsettledAfter: 0, threads: 0 });
    });
  }
});
