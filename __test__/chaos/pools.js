'use strict';

const { join } = require('node:path');
const { Piscina, ArrayTaskQueue, FixedQueue } = require('../..');

/**
 * The pools of a plan: their options as data, and what that data stands for.
 */

/** Takes the youngest first. */
class LastFirst extends ArrayTaskQueue {
  shift () {
    return this.tasks.pop() ?? null;
  }

  /** @param {any} task */
  unshift (task) {
    this.tasks.push(task);
  }
}

/** Holds its tasks back every third time. */
class Hesitant extends ArrayTaskQueue {
  asked = 0;

  shift () {
    return ++this.asked % 3 === 0 ? null : super.shift();
  }
}

const queues = { array: ArrayTaskQueue, fixed: FixedQueue, lastFirst: LastFirst, hesitant: Hesitant };

const balancers = {
  first: () => (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[0] ?? null,
  last: () => (/** @type {any} */ _, /** @type {any[]} */ workers) => workers.at(-1) ?? null,
  turns () {
    let turn = 0;
    return (/** @type {any} */ _, /** @type {any[]} */ workers) => workers[turn++ % workers.length] ?? null;
  },
  refusing () {
    let asked = 0;
    return (/** @type {any} */ task, /** @type {any[]} */ workers) =>
      ++asked % 4 === 0 ? null : workers.find(({ currentUsage }) => currentUsage === 0) ?? null;
  }
};

/** Milliseconds. */
const LONGEST_PAUSE = 50;

/** Milliseconds: no worker takes that long, but the main thread is blocked for longer. */
const LOAD_TIMEOUT = 5000;

/**
 * @param {import('./random').Random} random
 */
function makePoolSpec (random) {
  const minThreads = random.below(3);
  const isDirected = random.chance(0.3);
  const pool = {
    atomics: random.pick(['sync', 'async', 'disabled']),
    minThreads,
    maxThreads: Math.max(1, minThreads, random.below(4)),
    concurrentTasksPerWorker: random.pick([1, 1, 1, 2, 4]),
    idleTimeout: random.pick([0, 5, 50, 1e6]),
    recordTiming: random.chance(0.8),
    workerHistogram: random.chance(0.1),
    ...(random.chance(0.1) && { loadTimeout: LOAD_TIMEOUT }),
    ...(isDirected && random.chance(0.6) && { taskQueue: random.pick(Object.keys(queues)) }),
    ...(isDirected && random.chance(0.6) && { loadBalancer: random.pick(['refusing']) }),
    ...(random.chance(0.1) && { maxQueue: random.pick([0, 3, 'auto']) }),
    ...(random.chance(0.15) && { resourceLimits: { maxOldGenerationSizeMb: 24 } })
  };
  // A queue or a balancer that holds tasks back is asked again after this time: long after the driver has called it a hang.
  if (isDirected) pool.idleTimeout = Math.min(pool.idleTimeout, LONGEST_PAUSE);
  return pool;
}

/**
 * @param {any} spec
 * @param {any} workerData
 */
function makePool ({ taskQueue, loadBalancer, ...options }, workerData) {
  return new Piscina({
    ...options,
    filename: join(__dirname, 'worker', 'handler.js'),
    workerData,
    ...(taskQueue !== undefined && { taskQueue: new queues[taskQueue]() }),
    ...(loadBalancer !== undefined && { loadBalancer: balancers[loadBalancer]() })
  });
}

/** Whether the main thread decides which worker runs what. */
const isDirected = (/** @type {any} */ { taskQueue, loadBalancer }) => taskQueue !== undefined || loadBalancer !== undefined;

module.exports = { isDirected, makePool, makePoolSpec };
