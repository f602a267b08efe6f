'use strict';

const { AbortError, watch } = require('../abort');
const { queueMicrotask } = require('../host');
const { events } = require('../observe/channels');
const { noteRunning } = require('../observe/workers');

/** The books of a pool: each task is entered once, and settled once. */
class Settlement {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    /** How many tasks were settled; how many of them were rejected, and how many of those because they were aborted. */
    this.completed = 0;
    this.rejected = 0;
    this.aborted = 0;
    this.needsDrain = false;
    /** @type {(() => void)[]} Called once no task is unsettled. */
    this.whenEmpty = [];
  }

  /**
   * Enters a task into the books. From here on it must come to `finish`, even if the signal throws here.
   *
   * @param {import('./task').Task} task
   * @param {import('../abort').AbortSignalAny | null} signal
   */
  enter (task, signal) {
    const { keepAlive, table } = this.pool;
    table.add(task);
    keepAlive.hold();
    if (signal !== null) {
      const { more } = task;
      more.signal = signal;
      more.waiter = watch(signal, this, task);
    }
    if (!this.needsDrain && table.size >= this.capacity) {
      this.needsDrain = true;
      this.announce('needsDrain');
    }
  }

  /**
   * Tells that the pool is full, or is so no more.
   *
   * @param {'needsDrain' | 'drain'} event
   */
  announce (event) {
    const { face } = this.pool;
    queueMicrotask(() => {
      if (events[event].hasSubscribers) events[event].publish({ pool: face });
      face.emit(event);
    });
  }

  get capacity () {
    const { maxThreads, concurrentTasksPerWorker } = this.pool.options;
    return maxThreads * concurrentTasksPerWorker;
  }

  /**
   * Settles a task, once.
   *
   * @param {import('./task').Task} task
   * @param {boolean} failed
   * @param {unknown} value the result, or the reason of the failure
   */
  finish (task, failed, value) {
    if (task.index < 0) return;
    if (task.extra !== null && task.extra.abort !== null) {
      // Aborted before, and still to be told.
      failed = true;
      value = task.extra.abort.error();
    }
    // First: whoever comes here again, since this was cut short, finds what is left to do.
    task.settle(failed, value);
    // Code of the user's that was called by that, a getter `then`, may have come here as well.
    if (task.index >= 0) this.leave(task, failed, value);
  }

  /**
   * Takes a task out of the books.
   *
   * @param {import('./task').Task} task
   * @param {boolean} failed
   * @param {unknown} value
   */
  leave (task, failed, value) {
    const { keepAlive, snapshots, table } = this.pool;
    table.remove(task);
    this.completed++;
    if (failed) {
      this.rejected++;
      if (AbortError.is(value)) this.aborted++;
    }
    if (task.extra !== null) {
      task.extra.waiter?.stop();
      snapshots.drop(task.extra);
      task.extra.record?.settle(failed, value);
    }
    task.emitDestroy();

    if (this.needsDrain && table.size < this.capacity) {
      this.needsDrain = false;
      this.announce('drain');
    }
    if (table.size === 0) {
      keepAlive.release();
      if (this.whenEmpty.length > 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
    }
  }

  /**
   * A task's signal is aborted.
   *
   * @param {import('./task').Task} task
   * @param {import('../abort').Abort} abort
   */
  abort (task, abort) {
    const { pool } = this;
    if (task.index < 0) return;
    if (task.more.abort !== null) {
      // Withdrawn before.
      this.finish(task, true, null);
      return;
    }
    if (pool.crew.isCutShort) pool.cutShort.plan();
    const error = abort.error();
    if (task.more.record !== null) {
      for (const handle of pool.crew.handles) noteRunning(pool, handle);
    }
    try {
      pool.scheduler.abort(task);
    } finally {
      // Whatever a queue of the user's has thrown.
      this.finish(task, true, error);
    }
  }

  /**
   * Sees to it that an aborted task does not start. Its promise is rejected later, by `abort`.
   *
   * @param {import('./task').Task} task
   * @param {import('../abort').Abort} abort
   * @returns {boolean} whether there is nothing more to be done at once
   */
  withdraw (task, abort) {
    const { more } = task;
    if (task.index < 0 || more.abort !== null) return true;
    // Few tasks are with a worker, or watched.
    if (more.worker !== null || more.sentTo !== null || more.record !== null) return false;
    let isWithdrawn = true;
    try {
      isWithdrawn = this.pool.scheduler.withdraw(task);
    } finally {
      // Also where a queue of the user's has thrown.
      if (isWithdrawn) more.abort = abort;
    }
    return isWithdrawn;
  }
}

module.exports = { Settlement };
