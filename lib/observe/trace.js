'use strict';

const { writeFile } = require('node:fs/promises');

const binding = require('../binding');
const { aheadOf } = require('../clock');
const { performance, URL, withoutPrototype } = require('../host');
const { invalidArgument } = require('../errors');
const { Ring } = require('./ring');
const { toTraceEvents } = require('./trace-events');
const { noteRunning } = require('./workers');

/**
 * @typedef {import('./task-record').TaskRecord} TaskRecord
 * @typedef {{ event: 'workerCreate' | 'workerReady' | 'workerExit', threadId: number, at: number }} WorkerEvent
 */

/** How many of the newest tasks a trace keeps, unless it is told. */
const LIMIT = 50_000;

/** More would not fit into one string of JSON. */
const LIMIT_MOST = 500_000;

/** Starts and ends of Workers: a pool that loses them all the time must not fill the memory either. */
const WORKER_LIMIT = 10_000;

/** Records the tasks of a pool, from `pool.trace()` to `stop()`. */
class Trace {
  /**
   * @param {import('../pool/thread-pool').ThreadPool} pool
   * @param {any} options
   */
  constructor (pool, options) {
    if (typeof options !== 'object' || options === null) {
      throw invalidArgument('options', 'options must be an object', options);
    }
    const { limit = LIMIT } = withoutPrototype(options);
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MOST) {
      throw invalidArgument('limit', `limit must be a whole number from 1 to ${LIMIT_MOST}`, limit);
    }
    this.pool = pool;
    this.since = performance.now();
    /** @type {Ring<TaskRecord>} */
    this.tasks = new Ring(limit);
    /** @type {Ring<WorkerEvent>} */
    this.workers = new Ring(WORKER_LIMIT);
    this.present = [...pool.crew.handles].map(({ threadId }) => threadId);
    this.kernels = new binding.KernelTrace(aheadOf(binding.monotonicNow));
    /** @type {import('../../index').TraceFile | null} */
    this.result = null;
    pool.native.watchTimes(true);
    pool.traces = [...pool.traces, this];
  }

  /** @param {TaskRecord} record of a settled task */
  add (record) {
    // One that began before is another trace's.
    if (record.created >= this.since) this.tasks.push(record);
  }

  /** @param {WorkerEvent} event */
  addWorker (event) {
    this.workers.push(event);
  }

  /**
   * Ends it; the second time gives the same.
   *
   * @param {any} options
   * @returns {Promise<import('../../index').TraceFile>}
   */
  async stop (options) {
    if (typeof options !== 'object' || options === null) {
      throw invalidArgument('options', 'options must be an object', options);
    }
    const { file } = withoutPrototype(options);
    if (file !== undefined && typeof file !== 'string' && !(file instanceof URL)) {
      throw invalidArgument('file', 'file must be a path or a file: URL', file);
    }
    this.result ??= this.end();
    if (file !== undefined) await writeFile(file, JSON.stringify(this.result));
    return this.result;
  }

  end () {
    const { pool, since } = this;
    pool.traces = pool.traces.filter((trace) => trace !== this);
    if (pool.traces.length === 0) pool.native.watchTimes(pool.options.workerHistogram);
    pool.drain();
    for (const handle of pool.crew.handles) noteRunning(pool, handle);
    for (const task of pool.table.all()) {
      const record = task.extra?.record;
      if (record != null) this.add(record);
    }
    return toTraceEvents({
      since,
      until: performance.now(),
      tasks: this.tasks.all(),
      workers: this.workers.all(),
      present: this.present,
      steps: this.kernels.stop(),
      lost: this.tasks.lost
    });
  }
}

module.exports = { Trace };
