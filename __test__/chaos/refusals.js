'use strict';

const workerThreads = require('node:worker_threads');

/**
 * Threads that the system refuses. To be loaded before the pools are: it takes the place of the Worker that they know.
 *
 * @type {Map<SharedArrayBuffer, number>} How many more are refused to the pool whose workers write to this memory.
 */
const refusals = new Map();

class RefusableWorker extends workerThreads.Worker {
  /** @param {[any, any]} args */
  constructor (...args) {
    const memory = args[1]?.workerData?.marks;
    const left = refusals.get(memory) ?? 0;
    if (left > 0) {
      refusals.set(memory, left - 1);
      throw Object.assign(new Error('Worker initialization failure: EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
    super(...args);
  }
}

Object.assign(workerThreads, { Worker: RefusableWorker });

module.exports = { refusals };
