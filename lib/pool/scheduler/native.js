'use strict';

const errors = require('../../errors');
const { performance, Promise } = require('../../host');
const { slotOf, takesAtOnce, wakeupOf } = require('../../protocol/answers');
const { flags: { ABORTABLE } } = require('../../protocol/tables');
const { takePromise, Task } = require('../task');
const { admit } = require('./admission');
const { PassOver } = require('./pass-over');
const { Submitter } = require('./submitter');

/**
 * The scheduler of all pools but those with a queue or a balancer of the user's: workers take tasks from the native queue
 * by themselves. The main thread hands tasks over, and wakes workers.
 */
class NativeScheduler {
  /** @param {import('../thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.submitter = new Submitter(this);
    this.passOver = new PassOver(this);
    this.runsForeignCode = false;
  }

  /**
   * @param {any} value
   * @param {any[] | undefined} transferList
   * @param {import('../../abort').AbortSignalAny | null} signal
   * @param {string} filename
   * @param {string} name
   * @param {import('../../observe/task-record').TaskRecord | null} record
   * @returns {Promise<any>}
   */
  run (value, transferList, signal, filename, name, record) {
    const { pool } = this;
    const { cutShort, settlement, submission } = pool;
    try {
      admit(pool, signal !== null);
    } catch (error) {
      return Promise.reject(error);
    }
    const task = new Task(pool.resource);
    const promise = takePromise(task, signal !== null);
    submission.created = performance.now();
    if (record !== null) record.attach(task, submission.created);
    cutShort.begin(task);
    try {
      settlement.enter(task, signal);
      this.submitter.submit(task, value, transferList, pool.handlers.numberOf(filename, name), signal === null ? 0 : ABORTABLE);
    } catch (error) {
      // It could not be cloned, or a getter or the signal threw: it was never submitted.
      settlement.finish(task, true, error);
    }
    if (submission.needsWake) this.wake();
    pool.poller.begin();
    cutShort.end(task);
    return promise;
  }

  /**
   * Wakes a worker for the queued tasks.
   *
   * @returns {boolean} whether there was one
   */
  wake () {
    const { crew, native } = this.pool;
    const chosen = native.wake();
    if (chosen < 0) return false;
    const how = wakeupOf(chosen);
    crew.bySlot[slotOf(chosen)]?.wake(how);
    if (!takesAtOnce(how)) this.passOver.watch();
    return true;
  }

  /** Wakes as many workers as tasks wait for. Those that sleep may be about to end. */
  wakeForWaiting () {
    const { submission } = this.pool;
    for (let { waiting } = submission; waiting > 0 && submission.needsWake && this.wake();) waiting--;
  }

  /** Workers take tasks by themselves. */
  distribute () {}

  /** Nobody holds tasks back. */
  askLater () {}

  /** A worker has booted: it may be free for tasks of one that does not come. */
  workerReady () {
    this.passOver.watchPlaced();
  }

  /**
   * @param {import('../task').Task} task that has ended in its worker
   * @param {import('../worker-handle').WorkerHandle | undefined} _
   * @param {boolean} failed
   * @param {unknown} value
   */
  finish (task, _, failed, value) {
    this.pool.settlement.finish(task, failed, value);
  }

  /** @param {import('../task').Task} task that is aborted */
  abort (task) {
    const { submitted, sentTo, worker } = task.more;
    if (submitted) this.recall(task, worker);
    sentTo?.forget(task);
  }

  /** @param {import('../task').Task} task that is aborted, and with no worker */
  withdraw (task) {
    return task.more.submitted && this.recall(task, null) < 0;
  }

  /**
   * Takes a task back from the native side. A worker that runs it is ended.
   *
   * @param {{ index: number, seq: number }} id
   * @param {import('../worker-handle').WorkerHandle | null} worker the one that it was given to
   * @returns {number} the slot of its worker; below 0 if none runs it
   */
  recall ({ index, seq }, worker) {
    const { crew, native, settlement } = this.pool;
    // First: the worker that looks for the value of a later task must come upon this in its port.
    worker?.forget({ index, seq });
    const outcome = native.abort(index, seq, worker === null ? -1 : worker.slot);
    const running = outcome >= 0 ? crew.bySlot[outcome] : undefined;
    if (running !== undefined) {
      crew.condemned = running;
      for (const lost of crew.remove(running)) settlement.finish(lost, true, errors.threadTermination());
      crew.condemned = null;
      crew.replenish();
    }
    // What stood behind it may start now.
    this.wakeForWaiting();
    return outcome;
  }

  /**
   * A task comes back from a worker that has not taken it. It waits again, before all others.
   *
   * @param {import('../task').Task} _
   * @param {import('../../protocol/record').Record} record
   */
  takeBack (_, record) {
    this.pool.native.restore(record.bytes);
  }

  /**
   * Takes the tasks that have not started out of the queue.
   *
   * @param {number} keep how many of the oldest stay
   * @returns {import('../task').Task[]}
   */
  takeWaiting (keep) {
    const { native, table } = this.pool;
    return table.tasksOf(native.takeQueued(keep));
  }

  /** Undoes what calls have begun that were cut short. */
  undo () {
    this.submitter.submitPostponed();
  }

  /** The pool ends. */
  stop () {}

  /** Whether a call was cut short here, or is under way. */
  get isCutShort () {
    return false;
  }

  /** Whether tasks wait though workers are free. */
  get holdsBack () {
    return false;
  }

  get queueSize () {
    return this.pool.native.queued;
  }

  get idleThreads () {
    return this.pool.native.idle;
  }
}

module.exports = { NativeScheduler };
