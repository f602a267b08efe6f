'use strict';

const binding = require('../binding');
const { performance, process } = require('../host');
const { PERCENTILES } = require('../histogram');
const { counters } = require('../kernels/counters');

/** @typedef {import('../pool/thread-pool').ThreadPool} ThreadPool */

/** The percentiles that are shown, with their places in the native summary. */
const SHOWN = ['p50', 'p75', 'p90', 'p99', 'p99_9'].map((name) => ({
  name,
  at: PERCENTILES.findIndex(([other]) => other === name)
}));

/** JSON knows no Infinity. */
const finite = (/** @type {number} */ value) => Number.isFinite(value) ? value : null;

/**
 * The present state and the counters of a pool, as a plain object for JSON.
 *
 * @param {ThreadPool} pool
 * @returns {import('../../index').PoolStats}
 */
function statsOf (pool) {
  // Includes all reports of the workers up to now.
  pool.drain();
  const { crew, native, options, settlement: { completed, rejected, aborted }, table } = pool;
  const threads = [...crew.handles].map(describeWorker);
  const inState = (/** @type {string} */ state) => threads.filter((thread) => thread.state === state).length;
  const age = performance.now() - pool.start;
  const waiting = pool.scheduler.queueSize;
  return {
    age,
    workers: {
      total: threads.length,
      starting: inState('starting'),
      idle: inState('idle'),
      busy: inState('busy'),
      min: options.minThreads,
      max: options.maxThreads,
      created: crew.created,
      threads
    },
    queue: {
      size: waiting,
      limit: finite(options.maxQueue),
      needsDrain: pool.settlement.needsDrain,
      snapshotBytes: pool.snapshots.bytes
    },
    tasks: {
      unsettled: table.size,
      completed,
      succeeded: completed - rejected,
      failed: rejected - aborted,
      aborted
    },
    utilization: options.recordTiming ? utilizationOf(native.runTimes, age * options.maxThreads) : null,
    waitTime: options.recordTiming ? summarize(native.waitTimes) : null,
    runTime: options.recordTiming ? summarize(native.runTimes) : null,
    kernels: kernelStats(),
    memory: { rss: process.memoryUsage.rss() }
  };
}

/**
 * @param {import('../pool/worker-handle').WorkerHandle} handle
 * @returns {import('../../index').WorkerStats}
 */
function describeWorker (handle) {
  const { currentUsage } = handle;
  const tasks = currentUsage === Infinity ? 1 : currentUsage;
  return { id: handle.threadId, state: !handle.booted ? 'starting' : tasks > 0 ? 'busy' : 'idle', tasks };
}

/**
 * @param {{ count: number, mean: number }} ran
 * @param {number} could milliseconds
 */
function utilizationOf ({ count, mean }, could) {
  return count === 0 ? 0 : (mean * count) / could;
}

/**
 * @param {import('../native/index.js').TimesSummary} times
 * @returns {import('../../index').TimeStats}
 */
function summarize ({ count, mean, stddev, min, max, percentiles }) {
  const none = count === 0;
  return /** @type {import('../../index').TimeStats} */ ({
    count,
    sum: none ? 0 : mean * count,
    mean: none ? null : mean,
    stddev: none ? null : stddev,
    min: none ? null : min,
    max: none ? null : max,
    ...Object.fromEntries(SHOWN.map(({ name, at }) => [name, none ? null : percentiles[at]]))
  });
}

function kernelStats () {
  /** @type {number | null} */
  let threads = null;
  try {
    threads = binding.kernelThreads();
  } catch {
    // The environment variable is wrong, which the first kernel will say.
  }
  return { threads, calls: counters.started, inFlight: counters.started - counters.ended, failed: counters.failed };
}

module.exports = { statsOf };
