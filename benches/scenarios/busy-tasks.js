'use strict';

const assert = require('node:assert/strict');
const { pools } = require('../contestants');
const { runAll, perSecond } = require('./tasks');

/** @typedef {{ milliseconds: number, count: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool, values: { milliseconds: number, id: number }[] }} State */

const everyone = pools.map(({ id }) => id);

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'busy-tasks',
  title: 'Tasks that do some work',
  metrics: { rate: { title: 'rate', unit: 'tasks/s', better: 'more' } },
  cases: [
    {
      id: '100-us',
      title: 'Tasks of 100 µs, 2,000 at once, 1 worker (10,000/s are possible)',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { milliseconds: 0.1, count: 2_000 },
      quick: { count: 20 }
    },
    {
      id: '1-ms',
      title: 'Tasks of 1 ms, 300 at once, 1 worker (1,000/s are possible)',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { milliseconds: 1, count: 300 },
      quick: { count: 5 }
    }
  ],

  async prepare (contestant, { milliseconds, count }) {
    const pool = contestant.open({ job: 'busy', workers: 1 });
    const values = Array.from({ length: count }, (_, id) => ({ milliseconds, id }));
    await runAll(pool, values);
    return { pool, values };
  },

  async sample ({ pool, values }) {
    const { milliseconds, results } = await runAll(pool, values);
    assert.deepEqual(results, values.map(({ id }) => id));
    return { rate: perSecond(values.length, milliseconds) };
  },

  finish: async ({ pool }) => pool.close()
};
