'use strict';

const { AbortError } = require('../abort');
const { follow, performance, Promise } = require('../host');
const errors = require('../errors');
const { launchKernel } = require('../kernels/call');
const { Pipeline } = require('../kernels/pipeline');
const { takePromise, Task } = require('./task');

/**
 * Runs a native kernel as a task of a pool: it is counted, timed, awaited by `close()` and rejected by `destroy()`,
 * but no worker knows of it.
 *
 * @param {import('./thread-pool').ThreadPool} pool
 * @param {string | Pipeline} kernel its name, or several in a row
 * @param {any} bytes
 * @param {object | undefined} params
 * @param {import('../kernels/call').KernelOptions | undefined} options
 * @param {import('../observe/task-record').TaskRecord | null} record of a task that somebody watches
 * @returns {Promise<any>}
 */
function runInPool (pool, kernel, bytes, params, options, record) {
  if (pool.closing || pool.destroying) return Promise.reject(new AbortError('queue is being terminated'));
  /** @type {import('../kernels/call').KernelCall} */
  let call;
  const created = performance.now();
  try {
    call = kernel instanceof Pipeline
      ? launchPipeline(kernel, bytes, params, options)
      : launchKernel(kernel, bytes, params, options);
  } catch (error) {
    // Nothing was detached: the caller still has his memory.
    return Promise.reject(error);
  }
  const task = new Task(pool.resource);
  const promise = takePromise(task);
  if (record !== null) record.attach(task, created);
  pool.cutShort.begin(task);
  pool.settlement.enter(task, null);
  // The promise of the call rejects with the memory; the task follows it, so that nobody loses it.
  task.more.cancel = () => {
    call.cancel(errors.threadTermination());
    return new Promise((resolve) => { follow(call.promise, resolve, resolve); });
  };
  follow(call.promise, (result) => settle(false, result), (error) => settle(true, error));
  pool.cutShort.end(task);

  /**
   * @param {boolean} failed
   * @param {unknown} outcome
   */
  function settle (failed, outcome) {
    const waited = (call.waited ?? 0) / 1e6;
    const ran = (call.ran ?? 0) / 1e6;
    if (pool.options.recordTiming) pool.native.recordTimes(waited, ran);
    record?.ran(null, waited, ran);
    pool.settlement.finish(task, failed, outcome);
  }
  return promise;
}

/**
 * @param {Pipeline} pipeline
 * @param {any} bytes
 * @param {unknown} params
 * @param {import('../kernels/call').KernelOptions | undefined} options
 */
function launchPipeline (pipeline, bytes, params, options) {
  if (params !== undefined && params !== null) {
    throw errors.invalidArgument('params', 'params must be null: a pipeline has its own', params);
  }
  return pipeline.launch(bytes, options);
}

module.exports = { runInPool };
