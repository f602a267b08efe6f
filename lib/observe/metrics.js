'use strict';

const { version } = require('../../package.json');
const { invalidArgument } = require('../errors');

/**
 * The statistics of pools in the text format of OpenMetrics 1.0.
 *
 * @typedef {import('../../index').PoolStats} PoolStats
 * @typedef {Record<string, string>} Labels
 * @typedef {{ labels: Labels, stats: PoolStats }} Subject
 * @typedef {[suffix: string, labels: Labels, value: number]} Sample
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'gauge' | 'counter' | 'summary' | 'info'} type
 * @property {string} [unit] the name ends with it
 * @property {string} help
 * @property {(stats: PoolStats) => Sample[]} samples
 */

/** Of a summary: the label and the property. */
const QUANTILES = /** @type {const} */ ([['0.5', 'p50'], ['0.75', 'p75'], ['0.9', 'p90'], ['0.99', 'p99'], ['0.999', 'p99_9']]);

/** @param {(stats: PoolStats) => number | null} read */
const gauge = (read) => (/** @type {PoolStats} */ stats) => {
  const value = read(stats);
  return /** @type {Sample[]} */ (value === null ? [] : [['', {}, value]]);
};

/** @param {(stats: PoolStats) => import('../../index').TimeStats | null} read */
const times = (read) => (/** @type {PoolStats} */ stats) => {
  const summary = read(stats);
  if (summary === null) return [];
  /** @type {Sample[]} */
  const samples = QUANTILES.flatMap(([quantile, key]) => {
    const value = summary[key];
    return value === null ? [] : [/** @type {Sample} */ (['', { quantile }, value / 1e3])];
  });
  return [...samples, /** @type {Sample} */ (['_sum', {}, summary.sum / 1e3]), /** @type {Sample} */ (['_count', {}, summary.count])];
};

/** @type {Family[]} Those of one pool. */
const poolFamilies = [
  {
    name: 'rockpool_workers',
    type: 'gauge',
    help: 'Workers by state.',
    samples: ({ workers }) => [
      ['', { state: 'starting' }, workers.starting],
      ['', { state: 'idle' }, workers.idle],
      ['', { state: 'busy' }, workers.busy]
    ]
  },
  { name: 'rockpool_workers_max', type: 'gauge', help: 'Maximum number of workers.', samples: gauge(({ workers }) => workers.max) },
  {
    name: 'rockpool_workers_created',
    type: 'counter',
    help: 'Workers started so far.',
    samples: ({ workers }) => [['_total', {}, workers.created]]
  },
  { name: 'rockpool_queue_tasks', type: 'gauge', help: 'Waiting tasks.', samples: gauge(({ queue }) => queue.size) },
  {
    name: 'rockpool_queue_limit_tasks',
    type: 'gauge',
    help: 'Maximum number of waiting tasks. Absent without a limit.',
    samples: gauge(({ queue }) => queue.limit)
  },
  {
    name: 'rockpool_queue_snapshots_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the copies of values that wait on the main thread.',
    samples: gauge(({ queue }) => queue.snapshotBytes)
  },
  {
    name: 'rockpool_tasks_unsettled',
    type: 'gauge',
    help: 'Waiting and running tasks.',
    samples: gauge(({ tasks }) => tasks.unsettled)
  },
  {
    name: 'rockpool_tasks',
    type: 'counter',
    help: 'Settled tasks, by outcome.',
    samples: ({ tasks }) => [
      ['_total', { outcome: 'succeeded' }, tasks.succeeded],
      ['_total', { outcome: 'failed' }, tasks.failed],
      ['_total', { outcome: 'aborted' }, tasks.aborted]
    ]
  },
  {
    name: 'rockpool_task_wait_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Waiting time of tasks.',
    samples: times(({ waitTime }) => waitTime)
  },
  {
    name: 'rockpool_task_run_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Running time of tasks.',
    samples: times(({ runTime }) => runTime)
  },
  {
    name: 'rockpool_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Time that workers spent on tasks, divided by the time that all workers had.',
    samples: gauge(({ utilization }) => utilization)
  },
  {
    name: 'rockpool_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the pool was created.',
    samples: gauge(({ age }) => age / 1e3)
  }
];

/** @type {Family[]} Those that all pools of a thread share. */
const sharedFamilies = [
  {
    name: 'rockpool_kernel_calls',
    type: 'counter',
    help: 'Kernel calls of this thread.',
    samples: ({ kernels }) => [['_total', {}, kernels.calls]]
  },
  {
    name: 'rockpool_kernel_calls_failed',
    type: 'counter',
    help: 'Failed and aborted kernel calls of this thread.',
    samples: ({ kernels }) => [['_total', {}, kernels.failed]]
  },
  {
    name: 'rockpool_kernel_calls_in_flight',
    type: 'gauge',
    help: 'Unfinished kernel calls of this thread.',
    samples: gauge(({ kernels }) => kernels.inFlight)
  },
  { name: 'rockpool_kernel_threads', type: 'gauge', help: 'Kernel threads of the process.', samples: gauge(({ kernels }) => kernels.threads) },
  { name: 'rockpool_build', type: 'info', help: 'The version of rockpool.', samples: () => [['_info', { version }, 1]] }
];

/** @param {string} text */
const escape = (text) => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');

/** @param {Labels} labels */
function writeLabels (labels) {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return written.length === 0 ? '' : `{${written.join(',')}}`;
}

/**
 * @param {Family} family
 * @param {Subject[]} subjects
 */
function writeFamily ({ name, type, unit, help, samples }, subjects) {
  const lines = subjects.flatMap(({ labels, stats }) => samples(stats).map(([suffix, more, value]) =>
    `${name}${suffix}${writeLabels({ ...labels, ...more })} ${Number(value.toPrecision(12))}`));
  if (lines.length === 0) return [];
  return [`# TYPE ${name} ${type}`, ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]), `# HELP ${name} ${help}`, ...lines];
}

/**
 * @param {Subject[]} subjects
 * @returns {string}
 */
function toOpenMetrics (subjects) {
  const shared = subjects.slice(0, 1).map(({ stats }) => ({ labels: {}, stats }));
  const lines = [
    ...poolFamilies.flatMap((family) => writeFamily(family, subjects)),
    ...sharedFamilies.flatMap((family) => writeFamily(family, shared))
  ];
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

/**
 * The text of several pools, by the names that they get.
 *
 * @param {Record<string, { stats (): PoolStats }>} pools
 * @returns {string}
 */
function metrics (pools) {
  if (typeof pools !== 'object' || pools === null) {
    throw invalidArgument('pools', 'pools must be an object with a pool for each name', pools);
  }
  return toOpenMetrics(Object.entries(pools).map(([name, pool]) => ({ labels: { pool: name }, stats: pool.stats() })));
}

module.exports = { metrics, toOpenMetrics };
