'use strict';

const { performance } = require('../host');
const { events } = require('./channels');

/**
 * @typedef {import('../pool/thread-pool').ThreadPool} ThreadPool
 * @typedef {import('../pool/worker-handle').WorkerHandle} WorkerHandle
 */

/**
 * Reports an event of a worker to subscribers and traces.
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
 * Notes the tasks that a lost worker runs, and their start times, before its slot is cleared: it will not report them.
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
