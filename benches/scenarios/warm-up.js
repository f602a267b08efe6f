'use strict';

const { collectGarbage } = require('../harness/garbage');
const { keepInFlight, perSecond, runAll, tasks } = require('./tasks');

/** @typedef {{ stretches: number[], rounds: number, count: number }} Parameters */
/** @typedef {import('../contestants/types').OpenPool} OpenPool */

const IN_FLIGHT = 64;
const { make, check } = tasks.add;

/** Where the stretches of the first case end: it is tasks that make code hot, not time. */
const stretches = [1000, 2000, 5000, 10_000, 20_000, 40_000, 80_000];

/** Rounds after the pattern has changed. */
const rounds = 8;

/** @param {number} end */
const untilMetric = (end) => `until${end}`;

/** @param {number} round */
const roundMetric = (round) => `round${round}`;

const rate = (/** @type {string} */ title) => /** @type {const} */ ({ title, unit: 'tasks/s', better: 'more' });

const contestants = ['rockpool', 'bare', 'piscina'];

/** @type {import('./types').Scenario<Parameters, OpenPool>} */
module.exports = {
  id: 'warm-up',
  title: 'A pool that nothing has run in yet, and a pattern that changes',
  metrics: {
    ...Object.fromEntries(stretches.map((end, at) =>
      [untilMetric(end), rate(`rate from task ${((stretches[at - 1] ?? 0) + 1).toLocaleString('en')} to ${end.toLocaleString('en')}`)])),
    before: rate('rate with 64 in flight, before the change'),
    ...Object.fromEntries(Array.from({ length: rounds }, (_, at) => [roundMetric(at + 1), rate(`rate of round ${at + 1} after it`)]))
  },
  cases: [
    {
      id: 'in-flight',
      title: '64 additions in flight, 1 worker, in a process that has run no task yet',
      metrics: stretches.map(untilMetric),
      contestants,
      parameters: { stretches, rounds: 0, count: 0 },
      quick: { stretches: stretches.slice(0, 1) },
      fresh: true,
      rounds: 7,
      peerRounds: 3
    },
    {
      id: 'change',
      title: 'From 64 additions in flight to rounds of 5,000 at once, 1 worker',
      metrics: ['before', ...Array.from({ length: rounds }, (_, at) => roundMetric(at + 1))],
      contestants,
      parameters: { stretches: [], rounds, count: 5000 },
      quick: { rounds: 1, count: 100 },
      fresh: true,
      rounds: 7,
      peerRounds: 3
    }
  ],

  async prepare (contestant, { count }) {
    const pool = contestant.open({ job: 'add', workers: 1 });
    // The worker is up, and has run nothing else.
    await pool.run(make(0));
    if (count > 0) await inFlight(pool, 16 * count);
    collectGarbage();
    return pool;
  },

  async sample (pool, { stretches, rounds, count }) {
    /** @type {Record<string, number>} */
    const sample = {};
    let done = 0;
    for (const end of stretches) {
      sample[untilMetric(end)] = await inFlight(pool, end - done);
      done = end;
    }
    if (count > 0) sample.before = await inFlight(pool, 4 * count);
    const values = Array.from({ length: count }, (_, index) => make(index));
    for (let round = 1; round <= rounds; round++) {
      const { milliseconds, results } = await runAll(pool, values);
      results.forEach((result, index) => check(index, result));
      sample[roundMetric(round)] = perSecond(count, milliseconds);
    }
    return sample;
  },

  finish: async (pool) => pool.close()
};

/**
 * @param {OpenPool} pool
 * @param {number} count
 * @returns {Promise<number>} tasks a second
 */
async function inFlight (pool, count) {
  const milliseconds = await keepInFlight(IN_FLIGHT, count, async (_, index) => check(index, await pool.run(make(index))));
  return perSecond(count, milliseconds);
}
