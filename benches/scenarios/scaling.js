'use strict';

const { counts, processors } = require('./counts');
const { perSecond, runAll, tasks, warmUp } = require('./tasks');

/** @typedef {{ job: 'add' | 'busy', workers: number, count: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool, values: any[] }} State */

/** Tasks that take 20 µs of the worker: short enough that the pool shows, long enough that workers help. */
const MILLISECONDS = 0.02;

const jobs = {
  add: { title: 'additions', ...tasks.add },
  busy: {
    title: 'tasks of 20 µs',
    make: (/** @type {number} */ id) => ({ milliseconds: MILLISECONDS, id }),
    check (/** @type {number} */ index, /** @type {any} */ result) {
      if (result !== index) throw new Error(`task ${index} answered ${result}`);
    }
  }
};

/**
 * @param {'add' | 'busy'} job
 * @param {number} workers
 * @returns {import('./types').Case<Parameters>}
 */
function scalingCase (job, workers) {
  return {
    id: `${job}-${workers}`,
    title: `20,000 ${jobs[job].title} at once, ${workers} ${workers === 1 ? 'worker' : 'workers'} on ${processors} processors`,
    metrics: ['rate', 'processor'],
    contestants: ['rockpool', 'bare', 'piscina'],
    parameters: { job, workers, count: 20_000 },
    quick: workers === 1 ? { count: 100 } : false
  };
}

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'scaling',
  title: 'From one worker to as many as there are processors',
  metrics: {
    rate: { title: 'rate', unit: 'tasks/s', better: 'more' },
    processor: { title: 'processor time of all threads', unit: 'µs/task', better: 'less' }
  },
  cases: Object.keys(jobs).flatMap((job) => counts.map((workers) => scalingCase(/** @type {'add' | 'busy'} */ (job), workers))),

  async prepare (contestant, { job, workers, count }) {
    const pool = contestant.open({ job, workers });
    const values = Array.from({ length: count }, (_, index) => jobs[job].make(index));
    await warmUp(() => runAll(pool, values), count < 20_000);
    return { pool, values };
  },

  async sample ({ pool, values }, { job }) {
    const before = process.cpuUsage();
    const { milliseconds, results } = await runAll(pool, values);
    const { user, system } = process.cpuUsage(before);
    results.forEach((result, index) => jobs[job].check(index, result));
    return { rate: perSecond(values.length, milliseconds), processor: (user + system) / values.length };
  },

  finish: async ({ pool }) => pool.close()
};
