'use strict';

const { join } = require('node:path');
const { after, describe, it } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { ArrayTaskQueue, Piscina } = require('../..');

/** How often each property is tried. More of it finds more: set it to some thousands now and then. */
const RUNS = Number(process.env.ROCKPOOL_FIDELITY_RUNS ?? 100);

/** Generous: it only bounds what hangs. */
const TIMEOUT = 180_000;

const ECHO = join(__dirname, 'workers', 'echo.js');

/**
 * The ways in which a task can get to its worker.
 *
 * @type {[name: string, options: () => object][]}
 */
const ways = [
  ['one worker', () => ({ maxThreads: 1 })],
  ['two workers', () => ({ maxThreads: 2, minThreads: 2 })],
  ['several tasks a worker', () => ({ maxThreads: 1, concurrentTasksPerWorker: 8 })],
  ['a worker that waits in its event loop', () => ({ maxThreads: 1, atomics: 'async' })],
  ['a worker without atomics', () => ({ maxThreads: 1, atomics: 'disabled' })],
  ['a task queue of the user', () => ({ maxThreads: 1, taskQueue: new ArrayTaskQueue() })],
  ['a load balancer of the user', () => ({
    maxThreads: 2,
    minThreads: 2,
    loadBalancer: (/** @type {any} */ task, /** @type {any[]} */ workers) => {
      const [best] = [...workers].sort((a, b) => a.currentUsage - b.currentUsage);
      return best?.currentUsage < (task.isAbortable ? 1 : 3) ? best : null;
    }
  })]
];

/**
 * @param {object} [options]
 * @returns {any} a pool whose handlers are those of workers/echo.js, unless the options say otherwise
 */
function openPool (options) {
  return new Piscina({ filename: ECHO, minThreads: 1, maxThreads: 1, name: 'echo', ...options });
}

/**
 * Occupies every worker of a pool.
 *
 * @param {any} pool made by `openPool`
 * @returns {Promise<() => Promise<void>>} frees them, and waits until they are free
 */
async function occupy (pool) {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const { maxThreads } = pool.options;
  const tasks = Array.from({ length: maxThreads }, () => pool.run(gate, { filename: ECHO, name: 'wait' }));
  // A check that fails meanwhile destroys the pool.
  for (const task of tasks) task.catch(() => {});
  while (Atomics.load(gate, 1) < maxThreads) await turn();
  return async () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all(tasks);
  };
}

/**
 * In what state the workers are when tasks come.
 *
 * @type {[name: string, prepare: (pool: any) => Promise<() => Promise<void>>][]}
 */
const moments = [
  ['boot', async () => async () => {}],
  ['are idle', async (pool) => {
    await Promise.all(Array.from({ length: pool.options.maxThreads * 4 }, () => pool.run(1)));
    return async () => {};
  }],
  ['are busy', occupy]
];

/** The ways for which the start of a worker makes a difference of its own. */
const BOOTING = ['one worker', 'several tasks a worker', 'a load balancer of the user'];

/**
 * Follows how many workers of a pool have ended and are not replaced yet. A test may end workers; the next one counts on
 * all of them.
 *
 * @param {any} pool whose `minThreads` is its `maxThreads`
 * @returns {() => Promise<void>} waits until there is none
 */
function followLosses (pool) {
  let missing = 0;
  pool.on('workerDestroy', () => missing++);
  // The first workers are announced in a microtask, before anything else is.
  queueMicrotask(() => pool.on('workerCreate', () => missing--));
  return async () => { while (missing > 0) await turn(); };
}

/**
 * Runs tests in every way and at every moment.
 *
 * @param {string} what
 * @param {(test: (name: string, check: (pool: any) => Promise<void>) => void) => void} define Its checks call `run()`
 *   before they first wait for something.
 */
function describeEverywhere (what, define) {
  for (const [way, options] of ways) {
    for (const [moment, prepare] of moments) {
      const boots = moment === 'boot';
      if (boots && !BOOTING.includes(way)) continue;
      describe(`${way}, whose workers ${moment}: ${what}`, { timeout: TIMEOUT }, () => {
        /** @type {any} */
        let pool;
        /** @type {() => Promise<void>} */
        let replaced;
        after(() => pool?.destroy());
        define((name, check) => it(name, async () => {
          if (pool === undefined || boots) {
            await pool?.destroy();
            pool = openPool(options());
            replaced = followLosses(pool);
          }
          await replaced();
          const release = await prepare(pool);
          const checked = check(pool);
          checked.catch(() => {});
          await release();
          await checked;
        }));
      });
    }
  }
}

/**
 * Runs a check for each entry, and names all that failed.
 *
 * @template T
 * @param {[name: string, ...rest: any[]][]} entries
 * @param {(...entry: any[]) => Promise<void>} check
 */
async function forEach (entries, check) {
  const outcomes = await Promise.allSettled(entries.map((entry) => check(...entry)));
  const failures = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [`${entries[i][0]}: ${outcome.reason?.stack ?? outcome.reason}`] : []);
  if (failures.length > 0) throw new Error(`${failures.length} of ${entries.length} failed:\n${failures.join('\n')}`);
}

/**
 * @typedef {import('./same.js').Outcome} Outcome
 */

/**
 * @param {() => any} action
 * @returns {Promise<Outcome>} like `outcomeOf`, of an action that returns a promise
 */
async function outcomeOfAsync (action) {
  try {
    return { value: await action() };
  } catch (error) {
    const { name, message, code } = /** @type {any} */ (error);
    return { error: { name, message, code } };
  }
}

module.exports = { RUNS, TIMEOUT, ways, moments, openPool, occupy, describeEverywhere, forEach, outcomeOfAsync };
