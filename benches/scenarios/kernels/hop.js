'use strict';

const { quantile } = require('../../harness/statistics');
const { warmUp } = require('../tasks');

/** @typedef {{ job: string, bytes: number, count: number }} Parameters */
/** @typedef {{ run: import('../../contestants/types').Run, input: any }} State */

/**
 * @param {State} state
 * @param {number} count
 */
async function oneAtATime (state, count) {
  const latencies = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    const { input } = await state.run(state.input);
    latencies[index] = (performance.now() - start) * 1000;
    state.input = input;
  }
  return latencies;
}

/** @type {import('../types').Scenario<Parameters, State, Partial<import('../../contestants/types').LoadedJobs>>} */
module.exports = {
  id: 'hop',
  title: 'There and back',
  metrics: {
    median: { title: 'median latency', unit: 'µs', better: 'less' },
    slowest: { title: '99th percentile', unit: 'µs', better: 'less' }
  },
  cases: [
    {
      id: 'nothing',
      title: 'A kernel that does nothing, one at a time (node:crypto: randomBytes of 16 bytes with a callback)',
      metrics: ['median', 'slowest'],
      contestants: ['rockpool', 'node-crypto'],
      parameters: { job: 'nothing', bytes: 16, count: 2_000 },
      quick: { count: 20 },
      rounds: 9
    }
  ],

  async prepare ({ jobs }, { job, bytes, count }) {
    const begin = jobs?.[job];
    if (begin === undefined) {
      throw new Error(`knows nothing of the job ${job}`);
    }
    const state = { run: await begin({}), input: new Uint8Array(bytes) };
    await warmUp(() => oneAtATime(state, count), count < 1000);
    return state;
  },

  async sample (state, { count }) {
    const latencies = await oneAtATime(state, count);
    return { median: quantile(latencies, 0.5), slowest: quantile(latencies, 0.99) };
  },

  finish: async () => {}
};
