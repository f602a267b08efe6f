'use strict';

const workerThreads = require('node:worker_threads');

/**
 * Threads that the system refuses. To be loaded before the pools are: it takes the place of the Worker that they know.
 *
 * @type {WeakMap<SharedArrayBuffer, { left: number, refused: () => void }>} How many more are refused to the pool whose
 *   workers write to this memory, and who hears of each.
 */
const refusals = new WeakMap();

class RefusableWorker extends workerThreads.Worker {
  /** @param {[any, any]} args */
  constructor (...args) {
    const refusal = refusals.get(args[1]?.workerData?.marks);
    if (refusal !== undefined && refusal.left > 0) {
      refusal.left--;
      refusal.refused();
      throw Object.assign(new Error('Worker initialization failure: EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
    super(...args);
  }
}

Object.assign(workerThreads, { Worker: RefusableWorker });

module.exports = { refusals };
