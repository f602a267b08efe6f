'use strict';

/**
 * Bugs that are put between a plan and its pool, to show that the oracle sees them and that the shrinker finds a short
 * plan for them. Each gives `run()` of the pool another meaning.
 */

/** A task that comes to it often enough, wherever it stands in a plan. */
const EVERY = 7;

/** @type {Record<string, (run: (...args: any[]) => Promise<any>) => (...args: any[]) => Promise<any>>} */
const bugs = {
  /** Some promises never settle. */
  lose: (run) => (message, options) => isHit(message) ? run(message, options).then(() => new Promise(() => {})) : run(message, options),

  /** Some tasks run twice. */
  duplicate: (run) => (message, options) => {
    if (isHit(message)) run({ ...message, value: null }).catch(() => {});
    return run(message, options);
  },

  /** Some tasks get the answer of the one before. */
  mixUp (run) {
    /** @type {any} */
    let last = {};
    return (message, options) => run(message, options).then((answer) => {
      const before = last;
      last = answer;
      return isHit(message) ? before : answer;
    });
  },

  /** Some tasks get in line late. */
  reorder: (run) => async (message, options) => {
    if (isHit(message)) await new Promise((resolve) => { setTimeout(resolve, 30); });
    return run(message, options);
  },

  /** Some tasks are rejected that nothing has happened to. */
  hurt: (run) => async (message, options) => {
    const answer = await run(message, options);
    if (isHit(message)) throw Object.assign(new Error('worker exited with code: 1'), { code: 'ERR_ROCKPOOL_WORKER_EXITED', exitCode: 1 });
    return answer;
  },

  /** Some tasks leave a descriptor open. */
  leak: (run) => (message, options) => {
    if (isHit(message)) require('node:fs').openSync(__filename, 'r');
    return run(message, options);
  },

  /** The process dies of some tasks. */
  crash: (run) => (message, options) => {
    if (isHit(message)) process.abort();
    return run(message, options);
  }
};

/** @param {any} message */
function isHit ({ id, fate }) {
  return id % EVERY === 0 && fate === undefined;
}

/**
 * @param {string | null} name
 * @returns {(pool: any) => any} gives a pool the bug
 */
function saboteur (name) {
  if (name === null) return (pool) => pool;
  return (pool) => {
    const run = bugs[name](pool.run.bind(pool));
    pool.run = run;
    return pool;
  };
}

module.exports = { bugs, saboteur };
