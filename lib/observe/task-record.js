'use strict';

const { performance } = require('../host');
const { AbortError } = require('../errors');
const { parseRunOptions } = require('../options');
const { isTaskObserved, task: taskChannel } = require('./channels');

/** @typedef {import('../pool/thread-pool').ThreadPool} ThreadPool */

/** The number of the last observed task of this thread. */
let lastId = 0;

/**
 * The times and the outcome of an observed task, for traces and for subscribers of the channels. It holds neither the task
 * nor its result.
 */
class TaskRecord {
  /**
   * @param {ThreadPool} pool
   * @param {{ filename?: string | null, name?: string | null, kernel?: string | null }} what
   */
  constructor (pool, { filename = null, name = null, kernel = null }) {
    this.pool = pool;
    this.id = ++lastId;
    this.filename = filename;
    this.name = name;
    this.kernel = kernel;
    // All times by `performance.now()`.
    this.created = 0;
    /** @type {number | null} The thread that has run it. */
    this.threadId = null;
    /** @type {number | null} */
    this.started = null;
    /** @type {number | null} When its handler was done. */
    this.ended = null;
    /** @type {number | null} When its promise was settled. */
    this.settled = null;
    /** @type {'succeeded' | 'failed' | 'aborted' | null} null while it is unsettled. */
    this.outcome = null;
    /** @type {string | null} The name and the code of the error. */
    this.failure = null;
    /** @type {import('../../index').TaskMessage | null} What subscribers are given. */
    this.message = null;
  }

  /**
   * It was accepted.
   *
   * @param {import('../pool/task').Task} task
   * @param {number} created
   */
  attach (task, created) {
    task.more.record = this;
    this.created = created;
  }

  /**
   * A worker has taken it.
   *
   * @param {number} threadId
   * @param {number} started NaN where nobody looked at the clock
   */
  began (threadId, started) {
    this.threadId = threadId;
    if (!Number.isNaN(started)) this.started = started;
  }

  /**
   * It has run. Times are in milliseconds, NaN where nobody looked at the clock.
   *
   * @param {number | null} threadId
   * @param {number} waited
   * @param {number} ran
   */
  ran (threadId, waited, ran) {
    this.threadId = threadId;
    if (Number.isNaN(waited)) return;
    this.started = this.created + waited;
    if (!Number.isNaN(ran)) this.ended = this.started + ran;
  }

  /**
   * Its promise is settled.
   *
   * @param {boolean} failed
   * @param {any} value
   */
  settle (failed, value) {
    this.settled = performance.now();
    this.outcome = !failed ? 'succeeded' : AbortError.is(value) ? 'aborted' : 'failed';
    if (failed) this.failure = describe(value);
    const { message } = this;
    if (message !== null) {
      message.threadId = this.threadId;
      message.outcome = this.outcome;
      message.waitTime = this.started === null ? null : this.started - this.created;
      message.runTime = this.started === null || this.ended === null ? null : this.ended - this.started;
      this.message = null;
    }
    for (const trace of this.pool.traces) trace.add(this);
  }
}

/** @param {unknown} error */
function describe (error) {
  try {
    if (!(error instanceof Error)) return typeof error;
    const { name, code } = /** @type {Error & { code?: unknown }} */ (error);
    return typeof code === 'string' ? `${name} (${code})` : String(name);
  } catch {
    // A getter, or a trap of a proxy. An observer must not keep the task from settling.
    return typeof error;
  }
}

/**
 * Whether tasks of this pool are to be observed.
 *
 * @param {ThreadPool} pool
 */
function isObserved (pool) {
  return pool.traces.length > 0 || isTaskObserved();
}

/**
 * @param {TaskRecord} record
 * @param {unknown} value
 * @param {() => Promise<any>} start
 * @returns {Promise<any>}
 */
function observe (record, value, start) {
  if (!isTaskObserved()) return start();
  const { pool, id, filename, name, kernel } = record;
  const message = {
    pool: /** @type {any} */ (pool.face), id, task: value, filename, name, kernel, threadId: null, waitTime: null, runTime: null, outcome: null
  };
  record.message = message;
  return taskChannel.tracePromise(start, message);
}

/**
 * `run()` of a pool that is observed.
 *
 * @param {ThreadPool} pool
 * @param {unknown} value
 * @param {any} options
 * @returns {Promise<any>}
 */
function observeRun (pool, value, options) {
  let { filename, name } = pool.options;
  try {
    const given = parseRunOptions(options ?? {});
    filename = given.filename ?? filename;
    name = given.name ?? name;
  } catch {
    // `run()` says so.
  }
  const record = new TaskRecord(pool, { filename, name });
  return observe(record, value, () => pool.run(value, options, record));
}

/**
 * `kernel()` of a pool that is observed.
 *
 * @param {ThreadPool} pool
 * @param {unknown} kernel
 * @param {any} bytes
 * @param {object} [params]
 * @param {object} [options]
 * @returns {Promise<any>}
 */
function observeKernel (pool, kernel, bytes, params, options) {
  const record = new TaskRecord(pool, { kernel: typeof kernel === 'string' ? kernel : 'pipeline' });
  return observe(record, bytes, () => pool.kernel(/** @type {any} */ (kernel), bytes, params, options, record));
}

module.exports = { TaskRecord, isObserved, observeKernel, observeRun };
