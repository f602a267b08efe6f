'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { collectGarbage } = require('../harness/garbage');

/** @typedef {{ workers: number }} Parameters */
/** @typedef {{ contestant: import('../contestants/types').LoadedPool, loading: number | null }} State */

/**
 * In a process of its own: here, much of what it would load is there already.
 *
 * @param {string[] | undefined} main
 */
function measureLoading (main) {
  if (main === undefined) return null;
  return Number(execFileSync(process.execPath, [join(__dirname, '..', 'harness', 'loading.js'), ...main]));
}

/** @param {number} workers @returns {import('./types').Case<Parameters>} */
function startUpCase (workers) {
  return {
    id: `${workers}-workers`,
    title: `Start-up of ${workers} ${workers === 1 ? 'worker' : 'workers'}, each in a process of its own`,
    metrics: ['first', 'every', 'loading', 'memory'],
    contestants: ['rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier'],
    parameters: { workers },
    quick: workers === 2 ? {} : false,
    fresh: true,
    rounds: 9
  };
}

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'start-up',
  title: 'Start-up and memory',
  metrics: {
    first: { title: 'construction to the first result', unit: 'ms', better: 'less' },
    every: { title: 'until every worker has run a task', unit: 'ms', better: 'less' },
    loading: { title: 'processor time to load the library, in a process that has loaded nothing else', unit: 'ms', better: 'less' },
    memory: { title: 'memory', unit: 'MB/worker', better: 'less' }
  },
  cases: [startUpCase(1), startUpCase(2), startUpCase(8)],

  prepare: async (contestant) => ({ contestant, loading: measureLoading(contestant.main) }),

  async sample ({ contestant, loading }, { workers }) {
    const meeting = () => new Int32Array(new SharedArrayBuffer(4));
    collectGarbage();
    const before = process.memoryUsage.rss();

    const start = performance.now();
    const pool = contestant.open({ job: 'meet', workers });
    const alone = await pool.run({ arrived: meeting(), expected: 1 });
    const first = performance.now() - start;
    const arrived = meeting();
    const counts = await Promise.all(
      Array.from({ length: workers }, () => pool.run({ arrived, expected: workers }))
    );
    const every = performance.now() - start;

    collectGarbage();
    const memory = (process.memoryUsage.rss() - before) / workers / 1e6;
    assert.equal(alone, 1);
    assert.deepEqual(counts, new Array(workers).fill(workers), 'all workers were up at the same time');
    return { first, every, ...(loading !== null && { loading }), memory };
  },

  // The process ends with the sample.
  finish: async () => {}
};
