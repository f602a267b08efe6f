'use strict';

const { performance } = require('../host');
const { events } = require('./channels');

/**
 * @typedef {import('../pool/thread-pool').ThreadPool} ThreadPool
 * @typedef {import('../pool/worker-handle').WorkerHandle} WorkerHandle
 */

/**
 * Tells whoever watches what has become of a worker.
 *
 * @param {ThreadPool} pool
 * @param {'workerCreate' | 'workerReady' | 'workerExit'} event
 * @param {WorkerHandle} handle
 * @param {{ exitCode?: number }} [more]
 */
function noteWorker (pool, event, handle, more) {
  const { interface: worker, threadId } = handle;
  if (events[event].hasSubscribers) events[event].publish({ pool: pool.face, worker, threadId, ...more });
  for (const trace of pool.traces) trace.addWorker({ event, threadId, at: performance.now() });
}

/**
 * Notes what a worker runs, and since when: before that is forgotten, since its tasks will not be reported by it.
 *
 * @param {ThreadPool} pool
 * @param {WorkerHandle} handle
 */
function noteRunning ({ native, table }, handle) {
  const running = native.running(handle.slot);
  for (let at = 0; at < running.length; at += 3) {
    table.get(running[at], running[at + 1])?.extra?.record?.began(handle.threadId, running[at + 2]);
  }
}

module.exports = { noteRunning, noteWorker };
