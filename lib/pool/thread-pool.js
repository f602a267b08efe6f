'use strict';

const { availableParallelism } = require('node:os');

const binding = require('../binding');
const { AbortError, isAborted, reasonOf } = require('../abort');
const { aheadOf } = require('../clock');
const { outside, performance, Promise } = require('../host');
const errors = require('../errors');
const { isDirected, parseRunOptions } = require('../options');
const { limits: { CONCURRENCY_MAX } } = require('../protocol/tables');
const { threadState } = require('../thread-state');
const { throwLater } = require('../throw-later');
const { Crew } = require('./crew');
const { CutShort } = require('./cut-short');
const { Handlers } = require('./handlers');
const { KeepAlive } = require('./keep-alive');
const { Snapshots } = require('./parcel');
const { Poller } = require('./poller');
const { Results } = require('./results');
const { createScheduler } = require('./scheduler');
const { Settlement } = require('./settlement');
const { close, destroy } = require('./shutdown');
const { Specimen } = require('./specimen');
const { SubmissionBuffer } = require('./submission');
const { TaskTable } = require('./task-table');
const { checkEntry } = require('./worker-handle');

/** Workers that may search for a task at the same time: the main thread and the tasks need the other cores. */
const SPINNERS = availableParallelism() > 1 ? Math.max(1, availableParallelism() >> 2) : 0;

/**
 * The main thread's side of a pool. A scheduler takes its tasks in and decides which worker runs what; the settlement
 * keeps the books; a reader reads what workers report.
 */
class ThreadPool {
  /**
   * @param {InstanceType<typeof import('../piscina')>} face The public object: emits the events.
   * @param {import('../options').FilledOptions} options
   */
  constructor (face, options) {
    checkEntry();
    this.face = face;
    this.options = options;
    this.start = performance.now();
    this.closing = false;
    this.destroying = false;
    /** @type {Promise<void> | null} What `destroy()` gave, while it is under way. */
    this.ending = null;

    const directed = isDirected(options);
    // A directed worker takes what it is given; piscina has no bound there either.
    this.concurrency = directed ? CONCURRENCY_MAX : options.concurrentTasksPerWorker;
    this.table = new TaskTable();
    this.keepAlive = new KeepAlive(this);
    this.cutShort = new CutShort(this);
    this.submission = new SubmissionBuffer();
    this.snapshots = new Snapshots();
    this.results = new Results(this);
    this.settlement = new Settlement(this);

    const bell = bellOf(this);
    this.native = outside(() => new binding.NativePool(
      { concurrency: this.concurrency, spinners: SPINNERS, timing: options.recordTiming, clockAhead: aheadOf(binding.monotonicNow) },
      this.submission.words, this.submission.bytes, this.results.bytes, this.submission.scratch, bell));
    this.handlers = new Handlers(this.native, options.filename, options.name);
    /**
     * What a worker needs to find its pool, and what it must know as the pool does: the user may write into the options
     * later.
     */
    this.shared = {
      filename: options.filename,
      name: options.name,
      addon: threadState.addon,
      pool: this.native.id,
      control: this.submission.words,
      submission: this.submission.bytes,
      concurrency: this.concurrency,
      isDirected: directed
    };
    const triggerAsyncId = face.asyncResource.asyncId();
    // As an integer where it is one of 32 bits: V8 keeps those in the task, and all other numbers beside it.
    this.resource = {
      triggerAsyncId: triggerAsyncId === (triggerAsyncId | 0) ? triggerAsyncId | 0 : triggerAsyncId,
      requireManualDestroy: true
    };
    this.poller = new Poller(this);
    this.scheduler = createScheduler(this);
    this.specimen = new Specimen(this);
    /** @type {import('../observe/trace').Trace[]} The traces that are being recorded. */
    this.traces = [];
    this.crew = new Crew(this);
  }

  /**
   * @param {any} value
   * @param {object | undefined} options
   * @param {import('../observe/task-record').TaskRecord | null} record of a task that somebody watches
   * @returns {Promise<any>}
   */
  run (value, options, record) {
    let { filename, name } = this.options;
    let transferList;
    let signal = null;
    if (options !== undefined) {
      let parsed;
      try {
        parsed = parseRunOptions(options);
      } catch (error) {
        return Promise.reject(error);
      }
      filename = parsed.filename ?? filename;
      name = parsed.name ?? name;
      ({ transferList, signal } = parsed);
    }
    if (typeof filename !== 'string') return Promise.reject(errors.filenameNotProvided());
    if (this.closing || this.destroying) return Promise.reject(new AbortError('queue is being terminated'));
    if (signal !== null) {
      try {
        if (isAborted(signal)) throw new AbortError(reasonOf(signal));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.scheduler.run(value, transferList, signal, filename, name, record);
  }

  /**
   * Tells the listeners of the user's.
   *
   * @param {string} event
   * @param {unknown} value
   */
  tell (event, value) {
    try {
      this.face.emit(event, value);
    } catch (error) {
      throwLater(error);
    }
  }

  /** Reads what the workers have to say. */
  drain () {
    this.results.drain();
  }

  /**
   * Runs a native kernel as a task of this pool.
   *
   * @param {string} name
   * @param {any} bytes
   * @param {object | undefined} params
   * @param {object | undefined} options
   * @param {import('../observe/task-record').TaskRecord | null} record of a task that somebody watches
   * @returns {Promise<any>}
   */
  kernel (name, bytes, params, options, record) {
    // Loaded when first used: most pools have no use for the kernels.
    const { runInPool } = require('./kernel-lane');
    return runInPool(this, name, bytes, params, options, record);
  }

  destroy () {
    return destroy(this);
  }

  /** @param {{ force: boolean }} options */
  close (options) {
    return close(this, options);
  }
}

/**
 * What the native side calls. It holds the function for as long as it lives; the pool itself must be free to go.
 *
 * @param {ThreadPool} pool
 */
function bellOf (pool) {
  const weak = new WeakRef(pool);
  return () => weak.deref()?.poller.rise();
}

module.exports = { ThreadPool };
