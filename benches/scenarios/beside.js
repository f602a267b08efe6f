'use strict';

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const assert = require('node:assert/strict');
const { quantile } = require('../harness/statistics');

/** @typedef {{ share: number, milliseconds: number, count: number }} Parameters */
/** @typedef {import('../contestants/types').OpenPool} OpenPool */

const program = join(__dirname, '..', 'workers', 'hog.js');

/**
 * @param {string} id
 * @param {number} share busy processes for each processor
 * @param {string} processes
 * @returns {import('./types').Case<Parameters>}
 */
function besideCase (id, share, processes) {
  return {
    id,
    title: `One task of 20 µs at a time, 1 worker, beside ${processes}`,
    metrics: ['median', 'slowest'],
    contestants: ['rockpool', 'bare', 'piscina'],
    parameters: { share, milliseconds: 0.02, count: 2_000 },
    quick: id === 'all-busy' ? { count: 20 } : false,
    rounds: 7
  };
}

/**
 * Keeps processors busy with other processes while `measure` runs.
 *
 * @template T
 * @param {number} count
 * @param {() => Promise<T>} measure
 * @returns {Promise<T>}
 */
async function beside (count, measure) {
  const hogs = Array.from({ length: count }, () => fork(program, { stdio: 'ignore' }));
  try {
    await Promise.all(hogs.map((hog) => once(hog, 'message')));
    return await measure();
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
  }
}

/** @type {import('./types').Scenario<Parameters, OpenPool>} */
module.exports = {
  id: 'beside',
  title: 'Beside processes that are busy',
  metrics: {
    median: { title: 'median latency', unit: 'µs', better: 'less' },
    slowest: { title: '99th percentile', unit: 'µs', better: 'less' }
  },
  cases: [
    besideCase('half-busy', 0.5, 'one busy process for every two processors'),
    besideCase('all-busy', 1, 'a busy process for every processor'),
    besideCase('twice-busy', 2, 'two busy processes for every processor')
  ],

  async prepare (contestant, { milliseconds, count }) {
    const pool = contestant.open({ job: 'busy', workers: 1 });
    for (let id = 0; id < count; id++) await pool.run({ milliseconds, id });
    return pool;
  },

  sample (pool, { share, milliseconds, count }) {
    return beside(Math.max(1, Math.round(share * availableParallelism())), async () => {
      const latencies = new Float64Array(count);
      for (let id = 0; id < count; id++) {
        const start = performance.now();
        const result = await pool.run({ milliseconds, id });
        latencies[id] = (performance.now() - start) * 1000;
        assert.equal(result, id);
      }
      return { median: quantile(latencies, 0.5), slowest: quantile(latencies, 0.99) };
    });
  },

  finish: async (pool) => pool.close()
};
