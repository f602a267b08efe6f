'use strict';

const { pools } = require('../contestants');
const { quantile } = require('../harness/statistics');
const { tasks, keepInFlight, perSecond, warmUp } = require('./tasks');

/** @typedef {{ inFlight: number, count: number }} Parameters */

const everyone = pools.map(({ id }) => id);
const { make, check } = tasks.add;

/** @type {import('./types').Scenario<Parameters, import('../contestants/types').OpenPool>} */
module.exports = {
  id: 'in-flight',
  title: 'A steady number in flight',
  metrics: {
    median: { title: 'median latency', unit: 'µs', better: 'less' },
    slowest: { title: '99th percentile', unit: 'µs', better: 'less' },
    rate: { title: 'rate', unit: 'tasks/s', better: 'more' }
  },
  cases: [
    {
      id: 'one-at-a-time',
      title: 'One addition at a time, 1 worker',
      metrics: ['median', 'slowest'],
      contestants: everyone,
      parameters: { inFlight: 1, count: 2_000 },
      quick: { count: 50 },
      rounds: 9
    },
    {
      id: '64-in-flight',
      title: '64 additions in flight, 1 worker',
      metrics: ['rate'],
      contestants: everyone,
      parameters: { inFlight: 64, count: 20_000 },
      quick: { count: 200 }
    }
  ],

  async prepare (contestant, { inFlight, count }) {
    const pool = contestant.open({ job: 'add', workers: 1 });
    const round = () => keepInFlight(inFlight, count, async (_, index) => check(index, await pool.run(make(index))));
    await warmUp(round, count < 1000);
    return pool;
  },

  async sample (pool, { inFlight, count }) {
    if (inFlight > 1) {
      const milliseconds = await keepInFlight(inFlight, count, async (_, index) => {
        check(index, await pool.run(make(index)));
      });
      return { rate: perSecond(count, milliseconds) };
    }
    const latencies = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      const start = performance.now();
      const result = await pool.run(make(index));
      latencies[index] = (performance.now() - start) * 1000;
      check(index, result);
    }
    return { median: quantile(latencies, 0.5), slowest: quantile(latencies, 0.99) };
  },

  finish: async (pool) => pool.close()
};
