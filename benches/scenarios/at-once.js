'use strict';

const { pools } = require('../contestants');
const { tasks, runAll, perSecond, warmUp } = require('./tasks');

/** @typedef {{ job: 'add' | 'nested', workers: number, count: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool, values: any[] }} State */

const everyone = pools.map(({ id }) => id);

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'at-once',
  title: 'All at once',
  metrics: { rate: { title: 'rate', unit: 'tasks/s', better: 'more' } },
  cases: [
    {
      id: '1-worker',
      title: '20,000 additions at once, 1 worker',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { job: 'add', workers: 1, count: 20_000 },
      quick: { count: 200 }
    },
    {
      id: '2-workers',
      title: '20,000 additions at once, 2 workers',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { job: 'add', workers: 2, count: 20_000 },
      quick: { count: 200 }
    },
    {
      id: 'nested',
      title: '20,000 nested objects of some 150 bytes at once, there and back, 1 worker',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { job: 'nested', workers: 1, count: 20_000 },
      quick: { count: 200 }
    },
    {
      // The test runner watches every promise of its process. This is what a benchmark sees that
      // is written straight into a test.
      id: 'inside-test-runner',
      title: '20,000 additions at once, 1 worker, measured inside a node:test process',
      metrics: ['rate'],
      contestants: ['rockpool', 'bare', 'piscina', 'piscina-1000', 'tinypool-1000', 'workerpool', 'poolifier'],
      parameters: { job: 'add', workers: 1, count: 20_000 },
      quick: { count: 200 },
      inside: true
    }
  ],

  async prepare (contestant, { job, workers, count }) {
    const pool = contestant.open({ job, workers });
    const values = Array.from({ length: count }, (_, index) => tasks[job].make(index));
    await warmUp(() => runAll(pool, values), count < 20_000);
    return { pool, values };
  },

  async sample ({ pool, values }, { job }) {
    const { milliseconds, results } = await runAll(pool, values);
    results.forEach((result, index) => tasks[job].check(index, result));
    return { rate: perSecond(values.length, milliseconds) };
  },

  finish: async ({ pool }) => pool.close()
};
