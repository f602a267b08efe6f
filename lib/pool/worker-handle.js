'use strict';

const { existsSync } = require('node:fs');
const { Worker } = require('node:worker_threads');

const { entryMissing } = require('../errors');
const { Atomics, MessageChannel, performance, postMessage, Promise, SharedArrayBuffer, uncurryThis } = require('../host');
const { PERCENTILES, summarize } = require('../histogram');
const { entry } = require('../outside');
const { messages, wakeups } = require('../protocol/tables');
const { kWorkerData } = require('../symbols');

let isEntryThere = false;

/** Throws where the application was bundled, and the file that Workers start with was left behind. */
function checkEntry () {
  isEntryThere ||= existsSync(entry);
  if (!isEntryThere) throw entryMissing(entry);
}

const { NOTIFY, MESSAGE } = wakeups;
const { START, WAKE, VALUE, ANNOUNCE, CANCEL, FORGET } = messages;

/** Leads a worker back from its event loop, with nothing said. */
const wakeMessage = Object.freeze({ kind: WAKE });

/**
 * A Worker that remembers whether it was ended on purpose: `pool.threads` gives it to the user, who may do that.
 */
class PoolWorker extends Worker {
  /** @type {() => void} Tells the native side, which is to give it nothing more. */
  #leave = () => {};
  #terminated = false;

  /** @param {() => void} leave */
  whenTerminated (leave) {
    this.#leave = leave;
  }

  get wasTerminated () {
    return this.#terminated;
  }

  /** @override */
  terminate () {
    this.#terminated = true;
    this.#leave();
    return terminateWorker(this);
  }
}

// As they are now: the user has the Workers, and may have put something else in the place of their methods.
const terminateWorker = uncurryThis(Worker.prototype.terminate);
const terminatePoolWorker = uncurryThis(PoolWorker.prototype.terminate);

/**
 * The main thread's end of one Worker.
 */
class WorkerHandle {
  /**
   * @param {import('../options').FilledOptions} options
   * @param {{ usage (slot: number): number, leave (slot: number): void }} native
   * @param {number} slot
   * @param {{ concurrency: number, isDirected: boolean, [more: string]: any }} shared What the worker needs to find the pool; see lib/worker/entry.js.
   */
  constructor (options, native, slot, shared) {
    this.native = native;
    /** Whether the main thread decides what it runs: then it also knows what it has. */
    this.isDirected = shared.isDirected;
    const { env, argv, execArgv, resourceLimits, workerData, trackUnmanagedFds } = options;
    /** @type {any} Nothing inherited: an `Object.prototype` with an `eval` would have the path run as code. */
    const own = { __proto__: null, env, argv, execArgv, resourceLimits, workerData, trackUnmanagedFds };
    this.worker = new PoolWorker(entry, own);
    // Its slot may have become another's since.
    this.worker.whenTerminated(() => { if (!this.terminating && !this.destroyed) native.leave(slot); });
    /** Kept: a Worker that has ended does not know its own any more. */
    this.threadId = this.worker.threadId;
    this.slot = slot;
    /** Whether values are announced, see lib/worker/mailbox.js. */
    this.announces = shared.concurrency > 1;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    /** The word that this worker sleeps on. */
    this.wakeWord = new Int32Array(new SharedArrayBuffer(64));
    /** Whether it has loaded its file and asked for tasks. */
    this.booted = false;
    this.terminating = false;
    this.destroyed = false;
    /** Whether it counts as ready. */
    this.warm = false;
    /** Whether the pool has told of it. */
    this.announced = false;
    /** When it last finished something, by `performance.now()`. */
    this.lastActive = performance.now();
    /** @type {Error | null} What it threw and nobody caught. */
    this.error = null;
    /** @type {import('../deadline').Deadline | null} Ends it when it does not finish loading. */
    this.loadLimit = null;
    /** @type {Set<import('./task').Task>} The tasks it was given by a load balancer. */
    this.directed = new Set();
    this.runTimes = options.workerHistogram ? require('node:perf_hooks').createHistogram() : null;
    /** @type {Promise<void>} */
    this.exited = new Promise((resolve) => { this.worker.once('exit', () => resolve()); });
    this.interface = describeWorker(this);

    const { atomics, loadTimeout, niceIncrement } = options;
    const start = { ...shared, kind: START, slot, atomics, loadTimeout, niceIncrement, port: port2, wakeWord: this.wakeWord };
    try {
      this.worker.postMessage(start, [port2]);
    } catch (error) {
      // Somebody has written into the options what cannot be sent. The thread runs already.
      this.terminate();
      throw error;
    }
  }

  /** How many tasks it has; Infinity while it has one with a signal, which shares its worker with no other. */
  get currentUsage () {
    if (this.destroyed) return 0;
    if (!this.isDirected) return this.native.usage(this.slot);
    const [task] = this.directed;
    return this.directed.size === 1 && task.extra?.signal != null ? Infinity : this.directed.size;
  }

  get isRunningAbortableTask () {
    return this.currentUsage === Infinity;
  }

  /** @param {number} how one of `wakeups` */
  wake (how) {
    if (how === NOTIFY) {
      this.rouse();
    } else if (how === MESSAGE) {
      postMessage(this.port, wakeMessage);
    }
  }

  /** Wakes it however it waits. One that does not wait looks once more for tasks, and that is all. */
  wakeAnyhow () {
    if (this.destroyed) return;
    this.wake(NOTIFY);
    this.wake(MESSAGE);
  }

  /** Ends the worker's sleep, if it sleeps. */
  rouse () {
    Atomics.add(this.wakeWord, 0, 1);
    Atomics.notify(this.wakeWord, 0);
  }

  /**
   * Sends the value of a task that goes by port.
   *
   * @param {{ index: number, seq: number }} task
   * @param {unknown} value
   * @param {any[]} transferList
   */
  send ({ index, seq }, value, transferList) {
    if (this.announces) postMessage(this.port, { kind: ANNOUNCE, index, seq });
    postMessage(this.port, { kind: VALUE, index, seq, value }, transferList);
    this.rouse();
  }

  /**
   * Tells the worker that the value of a task will not come.
   *
   * @param {{ index: number, seq: number }} task
   */
  cancel ({ index, seq }) {
    if (this.destroyed) return;
    postMessage(this.port, { kind: CANCEL, index, seq });
    this.rouse();
  }

  /**
   * Tells the worker that nobody will ask for the value of a task, which it was sent.
   *
   * @param {{ index: number, seq: number }} task
   */
  forget ({ index, seq }) {
    if (!this.destroyed) postMessage(this.port, { kind: FORGET, index, seq });
  }

  /** @param {number} run in milliseconds, NaN where nobody looked at the clock */
  recordRunTime (run) {
    if (!Number.isNaN(run)) this.runTimes?.record(Math.max(1, Math.trunc(run * 1000)));
  }

  /** Ends the Worker and everything that the main thread holds of it. */
  terminate () {
    if (this.destroyed) return;
    this.terminating = true;
    this.endLoadLimit();
    terminatePoolWorker(this.worker);
    this.port.close();
    this.directed.clear();
    this.terminating = false;
    this.destroyed = true;
  }

  endLoadLimit () {
    this.loadLimit?.stop();
    this.loadLimit = null;
  }
}

/**
 * What load balancers and the events `workerCreate` and `workerDestroy` show of a worker.
 *
 * @param {WorkerHandle} handle
 */
function describeWorker (handle) {
  return {
    get id () { return handle.worker.threadId; },
    get currentUsage () { return handle.currentUsage; },
    get isRunningAbortableTask () { return handle.isRunningAbortableTask; },
    get histogram () { return handle.runTimes === null ? null : summarizeRunTimes(handle.runTimes); },
    get terminating () { return handle.terminating; },
    get destroyed () { return handle.destroyed; },
    [kWorkerData]: handle
  };
}

/** @param {import('node:perf_hooks').RecordableHistogram} histogram in microseconds */
function summarizeRunTimes (histogram) {
  return summarize({
    mean: histogram.mean / 1000,
    stddev: histogram.stddev / 1000,
    min: histogram.min / 1000,
    max: histogram.max / 1000,
    percentiles: PERCENTILES.map(([, percentile]) => histogram.percentile(percentile) / 1000)
  });
}

module.exports = { WorkerHandle, checkEntry };
