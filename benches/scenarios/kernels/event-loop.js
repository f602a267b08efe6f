'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');
const { watchLoop } = require('../../harness/event-loop');
const { quantile } = require('../../harness/statistics');
const { openBench } = require('./job-scenario');

/** Each has jobs, and together they have every kernel. */
const families = [
  require('./hash'),
  require('./encryption'),
  require('./compression'),
  require('./image'),
  require('./vector'),
  require('./sort'),
  require('./scan')
];

/** @typedef {{ family: string, jobs: string[], more?: object, milliseconds: number, small: boolean }} Parameters */
/** @typedef {import('../../contestants/types').LoadedJobs} LoadedJobs */

/** Moves 256 MiB, of which 192 MiB lie in one buffer: a case of its own. */
const TENSOR = 'toTensor';

/**
 * @param {string} id
 * @param {string} title
 * @param {Omit<Parameters, 'milliseconds' | 'small'>} parameters
 * @returns {import('../types').Case<Parameters>}
 */
const loopCase = (id, title, parameters) => ({
  id,
  title,
  metrics: ['added', 'idle'],
  contestants: ['rockpool'],
  parameters: { ...parameters, milliseconds: 250, small: false },
  quick: { milliseconds: 1, small: true },
  rounds: 3
});

/**
 * @param {import('../types').JobScenario} family
 * @returns {import('../types').Case<Parameters>}
 */
function familyCase ({ id, title, jobs }) {
  const names = Object.keys(jobs).filter((name) => name !== TENSOR);
  const kernels = new Set(names.map((name) => jobs[name].kernel));
  return loopCase(id, `${title}: ${[...kernels].join(', ')}, 64 MiB each`, { family: id, jobs: names });
}

/** What the jobs of a family are given in a quick run: that of the first case with this job. */
const smallParameters = (/** @type {any} */ family, /** @type {string} */ job) => {
  const found = family.cases.find((/** @type {any} */ { parameters }) => parameters.job === job);
  return { ...found?.parameters, ...found?.quick };
};

/**
 * Delays of the event loop while something goes on, for some time of going on.
 *
 * @param {number} milliseconds
 * @param {() => unknown} before is not watched
 * @param {() => PromiseLike<unknown>} act
 */
async function delaysDuring (milliseconds, before, act) {
  /** @type {number[]} */
  const delays = [];
  let watched = 0;
  do {
    before();
    const watch = await watchLoop();
    const start = performance.now();
    await act();
    watched += performance.now() - start;
    delays.push(...watch.stop());
  } while (watched < milliseconds);
  return quantile(delays, 0.99);
}

/**
 * @param {import('./job-scenario').Bench} bench
 * @param {number} milliseconds
 */
function watchBench (bench, milliseconds) {
  return delaysDuring(milliseconds, () => bench.restore(), () => bench.perform());
}

/** @type {import('../types').Scenario<Parameters, import('./job-scenario').Bench[], Partial<LoadedJobs>>} */
module.exports = {
  id: 'event-loop',
  title: 'The main event loop while kernels work',
  metrics: {
    added: { title: 'p99 of its delay, over idle, with the worst kernel', unit: 'ms', better: 'less' },
    idle: { title: 'p99 of its delay, idle', unit: 'ms', better: 'less' }
  },
  cases: [
    ...families.map(familyCase),
    loopCase('tensor', 'image.toTensor of 64 MiB, into an ArrayBuffer of 192 MiB', { family: 'image', jobs: [TENSOR] }),
    loopCase('tensor-shared', 'image.toTensor of 64 MiB, into a SharedArrayBuffer',
      { family: 'image', jobs: [TENSOR], more: { sharedOut: true } })
  ],

  async prepare (contestant, { family: id, jobs, more, small }) {
    const { kernels } = /** @type {any} */ (require('../../..'));
    const measured = families.flatMap(({ jobs }) => Object.values(jobs).map(({ kernel }) => kernel));
    const existing = kernels.list().map((/** @type {any} */ { name }) => name);
    assert.deepEqual([...new Set(measured)].sort(), existing.sort(), 'every kernel has a benchmark');

    const family = /** @type {any} */ (families.find((candidate) => candidate.id === id));
    const benches = [];
    for (const name of jobs) {
      const job = family.jobs[name];
      const parameters = { ...(small ? smallParameters(family, name) : job.large), ...more, job: name };
      const bench = await openBench(job, parameters, contestant);
      await bench.once();
      benches.push(bench);
    }
    return benches;
  },

  async sample (benches, { milliseconds }) {
    const idle = await delaysDuring(milliseconds, () => {}, () => sleep(milliseconds));
    let worst = -Infinity;
    for (const bench of benches) {
      worst = Math.max(worst, await watchBench(bench, milliseconds));
    }
    return { added: Math.max(0, worst - idle), idle };
  },

  finish: async () => {}
};
