'use strict';

const { AbortError } = require('../../abort');
const { clearTimeout, setTimeout } = require('../../host');
const { decode } = require('../../codec/decode');
const { takeSubstitute } = require('../../codec/encode');
const errors = require('../../errors');
const { toTimerDelay } = require('../../options');
const { throwLater } = require('../../throw-later');
const { isMovable, unwrapMovable } = require('../../transfer');
const { kWorkerData } = require('../../symbols');
const { slotOf, takesAtOnce, wakeupOf } = require('../../protocol/answers');
const { answers: { ABORT_TOO_LATE }, flags: FLAGS, record: { HEADER } } = require('../../protocol/tables');
const { DirectedTask, takePromise } = require('../task');

const { ABORTABLE, MOVED, PORT, SENT } = FLAGS;

/** Milliseconds: a queue or a balancer that holds tasks back is not asked more often while nothing changes. */
const ASK_LEAST = 100;

/**
 * Decides on the main thread which worker runs what: for pools with a task queue or a load balancer of the user's,
 * which are JavaScript. A task stays in the user's queue until it is given to a worker, whose native inbox it goes to.
 * It costs what it costs; all other pools decide natively.
 */
class CustomScheduler {
  /** @param {import('../thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.runsForeignCode = true;
    const { loadBalancer, taskQueue, concurrentTasksPerWorker } = pool.options;
    this.queue = taskQueue;
    this.balance = loadBalancer ?? leastBusy(concurrentTasksPerWorker);
    this.distributing = false;
    /** @type {DirectedTask | null} The one that is being distributed. */
    this.current = null;
    /** @type {DirectedTask | null} One whose worker waits for its value. */
    this.unsent = null;
    /**
     * @type {DirectedTask[]} The first tasks of all: those that came back from a worker that has ended, and one that was
     * taken from a queue which has no `unshift()` for it.
     */
    this.ahead = [];
    /** @type {NodeJS.Timeout | null} When to ask again for tasks that are held back. */
    this.timer = null;
  }

  /**
   * @param {any} value
   * @param {any[] | undefined} transferList
   * @param {import('../../abort').AbortSignalAny | null} signal
   * @param {string} filename
   * @param {string} name
   * @param {import('../../observe/task-record').TaskRecord | null} record of a task that somebody watches
   * @returns {Promise<any>}
   */
  run (value, transferList, signal, filename, name, record) {
    const { pool } = this;
    const task = new DirectedTask(pool.resource, value, transferList, filename, name);
    const promise = takePromise(task, signal !== null);
    if (record !== null) record.attach(task, task.created);
    pool.cutShort.begin(task);
    try {
      pool.settlement.enter(task, signal);
      if (isMovable(value)) {
        const unwrapped = unwrapMovable(value, transferList);
        task.task = unwrapped.value;
        task.transferList = unwrapped.transferList;
      }
      task.readQueueOptions();
      if (this.size > 0 || !this.place(task)) {
        this.enqueue(task);
        // A queue that held its tasks back may give them away by now.
        if (this.idleThreads > 0) this.distribute();
      }
    } catch (error) {
      // The queue is full, no worker can be started, or code of the user's threw.
      pool.settlement.finish(task, true, error);
    }
    pool.cutShort.end(task);
    return promise;
  }

  /** @param {DirectedTask} task */
  enqueue (task) {
    const { pool, queue } = this;
    const { maxThreads, maxQueue } = pool.options;
    const grows = pool.crew.size < maxThreads && pool.crew.growSoon();
    if (!grows && this.size >= maxQueue + this.pendingCapacity) {
      throw maxQueue === 0 ? errors.noTaskQueueAvailable() : errors.taskQueueAtLimit();
    }
    task.snapshot(pool.snapshots);
    // A getter of the value may have aborted the task.
    if (task.index >= 0) queue.push(task);
  }

  /**
   * Gives queued tasks to workers until the balancer finds none. What the user's queue throws meanwhile concerns no task
   * more than another, nor whoever asked for this.
   */
  distribute () {
    if (this.distributing) {
      this.pool.cutShort.plan();
      return;
    }
    this.distributing = true;
    try {
      let refused = false;
      try {
        refused = this.giveAll();
      } finally {
        this.distributing = false;
        this.askLater(refused);
      }
    } catch (error) {
      throwLater(error);
    }
  }

  /** @returns {boolean} whether the balancer has refused a task */
  giveAll () {
    while (this.size > 0) {
      const wasAhead = this.ahead.length > 0;
      const task = this.shift();
      // A queue may hold tasks back: the next change asks again.
      if (task === null) return false;
      if (!this.isWaiting(task)) continue;
      this.current = task;
      const isPlaced = this.placeOrFail(task);
      this.current = null;
      if (isPlaced) continue;
      if (wasAhead) this.ahead.unshift(task);
      else this.giveBack(task);
      return true;
    }
    return false;
  }

  /** @param {DirectedTask} task that the user's queue has given and nobody takes */
  giveBack (task) {
    const { queue } = this;
    try {
      if (queue.unshift !== undefined) {
        queue.unshift(task);
        return;
      }
    } catch (error) {
      throwLater(error);
    }
    this.ahead.unshift(task);
  }

  /** Whether something is under way here, or a script was ended in the midst of it (cut-short.js). */
  get isCutShort () {
    return this.distributing || this.unsent !== null;
  }

  /** Ends what was begun, from an empty stack: nothing can be under way. */
  undo () {
    const { current, pool, unsent } = this;
    this.distributing = false;
    this.current = this.unsent = null;
    // It is reported by the worker as one that failed.
    unsent?.more.worker?.cancel({ index: unsent.index, seq: unsent.seq });
    if (current !== null && this.isWaiting(current)) {
      // Its value may be gone.
      pool.settlement.finish(current, true, new AbortError('the script that gave it to a worker was cut short'));
    }
    this.distribute();
  }

  /** Tasks that wait, as the user's queue counts them. */
  get size () {
    return this.queue.size + this.ahead.length;
  }

  /** Whether tasks wait. Those that the user's queue keeps although they are settled do not count. */
  get holdsBack () {
    return this.size > 0 && this.pool.table.size > 0;
  }

  /**
   * Sees to it that tasks which the queue or the balancer holds back have a worker, and that both are asked again even
   * if nothing changes: only they know what they wait for.
   *
   * @param {boolean} refused whether the balancer wants no worker that there is
   */
  askLater (refused) {
    const { pool } = this;
    if (!this.holdsBack || pool.destroying) return;
    pool.crew.addForWaiting(refused);
    if (this.timer !== null) return;
    const delay = toTimerDelay(Math.max(pool.options.idleTimeout, ASK_LEAST));
    if (delay === null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (!this.holdsBack) pool.crew.watchIdle();
      // All others will report: that is a change.
      else if (this.idleThreads > 0) this.distribute();
    }, delay).unref();
  }

  /** Each worker is woken for what it is given. */
  wakeForWaiting () {}

  /** What waits for it is given to it when it is known to be there. */
  workerReady () {}

  /** The pool ends. */
  stop () {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** @returns {DirectedTask | null} the first of those that are ahead, or what the user's queue gives */
  shift () {
    const task = this.ahead.shift() ?? this.queue.shift();
    if (task == null) return null;
    if (task instanceof DirectedTask) return task;
    throw errors.invalidArgument('taskQueue', 'options.taskQueue must return a task that was pushed to it', task);
  }

  /** @param {import('../task').Task} task that waits */
  forget (task) {
    const at = this.ahead.indexOf(/** @type {DirectedTask} */ (task));
    if (at >= 0) this.ahead.splice(at, 1);
    else this.queue.remove(task);
  }

  /**
   * A task comes back from a worker that has not taken it. It waits again, before all others.
   *
   * @param {import('../task').Task} returned
   * @param {import('../../protocol/record').Record} record
   * @param {boolean} isPort whether its value is not in the record
   */
  takeBack (returned, { bytes, payload }, isPort) {
    const task = /** @type {DirectedTask} */ (returned);
    const { value, transferList } = isPort && task.more.parcel !== null
      ? task.more.parcel
      : { value: decode(bytes, payload, bytes.length), transferList: undefined };
    task.task = value;
    task.transferList = transferList !== undefined && transferList.length > 0 ? transferList : undefined;
    task.wasSent = false;
    this.ahead.unshift(task);
  }

  /**
   * Whether a task from the user's queue is still to be done: it may be settled or aborted, or come a second time.
   *
   * @param {DirectedTask} task
   */
  isWaiting (task) {
    const { abort, worker } = task.more;
    return this.pool.table.get(task.index, task.seq) === task && worker === null && abort === null;
  }

  /** @param {DirectedTask} task */
  placeOrFail (task) {
    try {
      return this.place(task);
    } catch (error) {
      this.pool.settlement.finish(task, true, error);
      return true;
    }
  }

  /**
   * @param {DirectedTask} task
   * @returns {boolean} whether the balancer found a worker
   */
  place (task) {
    const workers = this.readyHandles().map((handle) => handle.interface);
    const handle = this.balance(task.interface, workers)?.[kWorkerData];
    // One that is gone, or another pool's, is as good as none.
    if (!this.pool.crew.handles.has(handle)) return false;
    this.give(task, handle);
    return true;
  }

  /**
   * @param {DirectedTask} task
   * @param {import('../worker-handle').WorkerHandle} handle
   */
  give (task, handle) {
    const { native, submission } = this.pool;
    const handler = this.pool.handlers.numberOf(task.filename, task.name);
    let flags = task.isAbortable ? ABORTABLE : 0;
    let value = task.release(this.pool.snapshots);
    let end = task.transferList === undefined ? submission.writeScratch(value) : -1;
    // A getter of the value may have aborted the task.
    if (task.index < 0) return;
    if (end < 0) {
      flags |= PORT | SENT | (task.transferList === undefined ? 0 : MOVED);
      end = HEADER;
      value = takeSubstitute(value);
    }
    const id = { index: task.index, seq: task.seq };
    submission.created = task.created;
    submission.sealScratch(end, task, handler, flags);
    task.more.worker = handle;
    handle.directed.add(task);
    const assigned = native.assign(handle.slot, end);
    try {
      if ((flags & PORT) !== 0) {
        this.unsent = task;
        task.wasSent = this.send(task, handle, takesAtOnce(wakeupOf(assigned)), value);
        this.unsent = null;
        // A getter of the value may have aborted the task.
        if (task.wasSent && task.index < 0) handle.forget(id);
      }
    } catch (error) {
      this.unsent = null;
      handle.directed.delete(task);
      handle.cancel(id);
      throw error;
    } finally {
      if (slotOf(assigned) >= 0) handle.wake(wakeupOf(assigned));
    }
  }

  /**
   * Sends the value of a task to the worker that it was given to. Where that may not take it, another one can be sent;
   * what cannot be copied waits until the worker asks.
   *
   * @param {DirectedTask} task
   * @param {import('../worker-handle').WorkerHandle} handle
   * @param {boolean} isSure whether the worker takes it at once
   * @param {any} value
   * @returns {boolean} whether the worker has it
   */
  send (task, handle, isSure, value) {
    const { index, seq, transferList } = task;
    if (isSure) {
      handle.send({ index, seq }, value, transferList ?? []);
      return true;
    }
    const parcel = this.pool.snapshots.take(task, value, transferList ?? []);
    if (transferList === undefined) handle.send({ index, seq }, parcel.value, []);
    return transferList === undefined;
  }

  /**
   * A task was aborted. A worker that has started it is ended; so is one that has not and has no other task, or
   * still boots, as in piscina.
   *
   * @param {import('../task').Task} task
   */
  abort (task) {
    const { pool } = this;
    const { worker } = task.more;
    if (worker === null) {
      this.forget(task);
      // The workers were kept for what waits.
      pool.crew.watchIdle();
      return;
    }
    // As in `ThreadPool.recall`.
    if (/** @type {DirectedTask} */ (task).wasSent) worker.forget(task);
    const { crew } = pool;
    const outcome = pool.native.abort(task.index, task.seq, worker.slot);
    if (outcome >= 0 && !worker.destroyed) crew.condemned = worker;
    worker.directed.delete(task);
    // Its end is in the completion queue, or about to be. Who takes its place is decided when that is read.
    if (outcome === ABORT_TOO_LATE || worker.destroyed) return;
    // Where it ran, it ran alone. What a worker was given while it boots, it has not taken.
    if (outcome >= 0 || worker.directed.size === 0 || pool.native.retireBooting(worker.slot)) {
      for (const lost of crew.remove(worker)) pool.settlement.finish(lost, true, errors.threadTermination());
      crew.condemned = null;
      crew.replenish();
    }
    this.distribute();
  }

  /** @param {import('../task').Task} task that is aborted, and with no worker */
  withdraw (task) {
    this.abort(task);
    return true;
  }

  /**
   * @param {import('../task').Task} task that has ended in its worker
   * @param {import('../worker-handle').WorkerHandle | undefined} handle
   * @param {boolean} failed
   * @param {unknown} value
   */
  finish (task, handle, failed, value) {
    handle?.directed.delete(task);
    this.pool.settlement.finish(task, failed, value);
    this.distribute();
  }

  /**
   * Takes what has not been given to a worker, also if the queue holds it back.
   *
   * @returns {import('../task').Task[]}
   */
  takeWaiting () {
    /** @type {Set<import('../task').Task>} */
    const tasks = new Set();
    try {
      for (let left = this.size; left > 0; left--) {
        const task = this.shift();
        if (task !== null && this.isWaiting(task)) tasks.add(task);
      }
    } catch (error) {
      // A queue of the user's must not keep the pool from its end.
      throwLater(error);
    }
    for (const task of this.pool.table.all()) {
      if (!(task instanceof DirectedTask) || !this.isWaiting(task) || tasks.has(task)) continue;
      tasks.add(task);
      try {
        this.forget(task);
      } catch (error) {
        throwLater(error);
      }
    }
    return [...tasks];
  }

  readyHandles () {
    return [...this.pool.crew.handles].filter((handle) => handle.warm);
  }

  get pendingCapacity () {
    const { crew, options } = this.pool;
    const booting = [...crew.handles].filter((handle) => !handle.warm).length;
    return booting * options.concurrentTasksPerWorker;
  }

  get queueSize () {
    return Math.max(this.size - this.pendingCapacity, 0);
  }

  get idleThreads () {
    return this.readyHandles().filter((handle) => handle.currentUsage === 0).length;
  }
}

/**
 * The balancer of a pool that has a queue of the user's and no balancer: the worker with the fewest tasks, an abortable
 * task only to a worker without any.
 *
 * @param {number} most tasks that a worker runs at once
 */
function leastBusy (most) {
  return (/** @type {any} */ task, /** @type {any[]} */ workers) => {
    const limit = task.isAbortable ? 1 : most;
    let best = null;
    for (const worker of workers) {
      const { currentUsage } = worker;
      if (currentUsage < limit && (best === null || currentUsage < best.currentUsage)) best = worker;
      if (currentUsage === 0) break;
    }
    return best;
  };
}

module.exports = { CustomScheduler };
