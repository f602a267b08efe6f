'use strict';

const { AsyncResource } = require('node:async_hooks');
const { types } = require('node:util');

const { performance, Promise } = require('../host');
const { seqOf } = require('../protocol/record');
const { kQueueOptions } = require('../symbols');

/** @type {Promise<any> | undefined} */
let lastPromise;
/** @type {((value: any) => void) | undefined} */
let lastResolve;
/** @type {((reason: any) => void) | undefined} */
let lastReject;

// One function for all promises: a closure for each would cost as much as the promise.
/** @type {(resolve: (value: any) => void, reject: (reason: any) => void) => void} */
const keep = (resolve, reject) => {
  lastResolve = resolve;
  lastReject = reject;
};

/**
 * Rejects a promise by the function that resolves it, at once: a promise that is resolved with an object asks it for
 * `then`, and is rejected with what that throws.
 *
 * @param {(value: any) => void} resolve
 * @param {unknown} reason
 */
function rejectBy (resolve, reason) {
  resolve({ get then () { throw reason; } });
}

/**
 * The promise of the task that was made last. Whoever makes a task takes it at once and gives it to the caller; the
 * task itself has no use for it, and there may be a million of them.
 *
 * @param {Task} task
 * @param {boolean} [mayReject] whether the task is likely to be rejected: then it keeps both functions
 * @returns {Promise<any>}
 */
function takePromise (task, mayReject = false) {
  const promise = /** @type {Promise<any>} */ (lastPromise);
  if (mayReject) task.more.reject = /** @type {(reason: any) => void} */ (lastReject);
  // Nothing here keeps a promise alive, nor the context that it was made in.
  lastPromise = lastResolve = lastReject = undefined;
  return promise;
}

/**
 * A task from `run()` to the end of its promise. An AsyncResource, so that tools which follow asynchronous work see
 * who submitted it.
 */
class Task extends AsyncResource {
  /**
   * @param {{ triggerAsyncId: number, requireManualDestroy: boolean }} resource
   * @param {string} [type] what tools that follow asynchronous work see
   */
  constructor (resource, type = 'Piscina.Task') {
    super(type, resource);
    lastPromise = new Promise(keep);
    /** Rejects as well, see `settle`: of two functions for each of a million tasks one would be for nothing. */
    this.resolve = /** @type {(value: any) => void} */ (lastResolve);
    /** Where it stands in the table of unsettled tasks; -1 once it is settled. */
    this.index = -1;
    /** Halves of its sequence number, as integers of 32 bits: see `seqOf`. */
    this.seqLow = 0;
    this.seqHigh = 0;
    /** @type {TaskExtra | null} What only few tasks have. */
    this.extra = null;
  }

  /** Tells it from the other tasks that have used the same index. */
  get seq () {
    return seqOf(this.seqLow, this.seqHigh);
  }

  /**
   * Settles the promise.
   *
   * @param {boolean} failed
   * @param {unknown} value
   */
  settle (failed, value) {
    if (!failed) this.runInAsyncScope(this.resolve, null, value);
    else if (this.extra !== null && this.extra.reject !== null) this.runInAsyncScope(this.extra.reject, null, value);
    else this.runInAsyncScope(rejectBy, null, this.resolve, value);
  }

  /** @returns {TaskExtra} */
  get more () {
    this.extra ??= new TaskExtra();
    return this.extra;
  }
}

/** The rarer belongings of a task: a signal, a value that waits for its worker, a worker it was given to. */
class TaskExtra {
  constructor () {
    /** @type {((reason: any) => void) | null} As an alternative to `settle`'s detour. */
    this.reject = null;
    /** @type {import('../abort').AbortSignalAny | null} */
    this.signal = null;
    /** @type {import('../abort').Waiter | null} Listens to the signal. */
    this.waiter = null;
    /** @type {import('../abort').Abort | null} It is withdrawn, and will be rejected in a later turn of the event loop. */
    this.abort = null;
    /** @type {import('./parcel').Parcel | null} What is posted to the worker that takes the task. */
    this.parcel = null;
    /** @type {import('./worker-handle').WorkerHandle | null} The worker that the main thread gave it to. */
    this.worker = null;
    /** @type {import('./worker-handle').WorkerHandle | null} One that has the value, and was passed over. */
    this.sentTo = null;
    /** @type {{ value: any } | null} Its result, read from the port of a worker that was removed before its note. */
    this.landed = null;
    /** Whether the native side knows it: not while its value is being written, by getters that may abort it. */
    this.submitted = false;
    /** @type {import('../observe/task-record').TaskRecord | null} What those who watch are told. */
    this.record = null;
    /** @type {(() => Promise<unknown>) | null} Ends a task that no worker runs, a kernel's; fulfilled once it has ended. */
    this.cancel = null;
  }
}

/**
 * A task of a pool with a queue or a load balancer of the user's: what those see. The value stays here until the task
 * is given to a worker.
 */
class DirectedTask extends Task {
  /**
   * @param {{ triggerAsyncId: number, requireManualDestroy: boolean }} resource
   * @param {unknown} value
   * @param {any[] | undefined} transferList
   * @param {string} filename
   * @param {string} name
   * @param {string} [type]
   */
  constructor (resource, value, transferList, filename, name, type) {
    super(resource, type);
    this.task = value;
    this.transferList = transferList;
    this.filename = filename;
    this.name = name;
    /** `performance.now()` of its `run()`. */
    this.created = performance.now();
    /** Whether the value was posted to the worker that has the task. */
    this.wasSent = false;
    /** @type {object | null} What the value says to the queue and to the load balancer. */
    this[kQueueOptions] = null;
  }

  get taskId () {
    return this.seq;
  }

  get isAbortable () {
    return this.extra !== null && this.extra.signal !== null;
  }

  /** Asks the value, once. */
  readQueueOptions () {
    // No proxy can be cloned: that is what its owner has to hear, and not what a trap says.
    if (!types.isProxy(this.task)) this[kQueueOptions] = (/** @type {any} */ (this.task))?.[kQueueOptions] ?? null;
  }

  /**
   * Takes the value as it is now, for a task that has to wait.
   *
   * @param {import('./parcel').Snapshots} snapshots
   */
  snapshot (snapshots) {
    const { value, transferList } = snapshots.take(this, this.task, this.transferList ?? []);
    this.task = value;
    this.transferList = transferList.length > 0 ? transferList : undefined;
  }

  /** What a load balancer is shown. */
  get interface () {
    const { taskId, filename, name, created, isAbortable } = this;
    return { taskId, filename, name, created, isAbortable, [kQueueOptions]: this[kQueueOptions] };
  }

  /**
   * @param {import('./parcel').Snapshots} snapshots
   * @returns {unknown} the value, which is let go of
   */
  release (snapshots) {
    const value = this.task;
    this.task = null;
    if (this.extra !== null) snapshots.drop(this.extra);
    return value;
  }
}

module.exports = { takePromise, Task, TaskExtra, DirectedTask };
