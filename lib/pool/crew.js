'use strict';

const { Deadline } = require('../deadline');
const { clearTimeout, outside, performance, queueMicrotask, setTimeout } = require('../host');
const errors = require('../errors');
const { noteRunning, noteWorker } = require('../observe/workers');
const { salvage } = require('./results');
const { takeBack } = require('./untaken');
const { WorkerHandle } = require('./worker-handle');

/** Milliseconds after which a refused thread is asked for again; each time twice as many, up to the second. */
const PAUSE_LEAST = 100;
const PAUSE_MOST = 10_000;

/**
 * The workers of a pool: starts them, replaces those that are lost, ends those that nobody needs.
 */
class Crew {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    /** @type {Set<WorkerHandle>} */
    this.handles = new Set();
    /** @type {(WorkerHandle | undefined)[]} */
    this.bySlot = [];
    /** How many were ever made. */
    this.created = 0;
    /** @type {Deadline | null} */
    this.idleLimit = null;
    /** Whether workers load the pool's file before they ask for tasks. Not any more once one was lost by that. */
    this.preload = true;
    /** @type {NodeJS.Timeout | null} When to ask for a thread again: the system has refused one. */
    this.retryTimer = null;
    this.pause = PAUSE_LEAST;
    /** How many more are started as soon as the caller's script has ended. */
    this.planned = 0;
    /** How many more tasks those will run at once than one each. */
    this.spare = 0;
    /** @type {number[]} The slots of workers that are just being added. */
    this.adding = [];
    /** @type {WorkerHandle | null} One that is to be removed, and is retired already. */
    this.condemned = null;
  }

  /** Whether something is under way here, or a script was ended in the midst of it (cut-short.js). */
  get isCutShort () {
    return this.adding.length > 0 || this.condemned !== null;
  }

  get size () {
    return this.handles.size + this.planned;
  }

  /** Starts the first workers, all or none. They count as ready from the start. */
  start () {
    try {
      while (this.size < this.pool.options.minThreads) this.startFirst();
    } catch (error) {
      // Nobody gets this pool: nobody else could end them.
      this.terminateAll();
      throw error;
    }
  }

  startFirst () {
    const handle = this.add(true);
    // Later, so that whoever made the pool can listen for it.
    queueMicrotask(() => {
      if (handle.announced) return;
      this.announce(handle);
      this.pool.scheduler.distribute();
    });
  }

  /**
   * Starts one more worker. Throws what `new Worker` throws.
   *
   * @param {boolean} [warm] whether it counts as ready from the start
   */
  add (warm = false) {
    const { pool } = this;
    const { native, options } = pool;
    const slot = native.addWorker(warm);
    this.adding.push(slot);
    let handle;
    try {
      handle = outside(() => new WorkerHandle(options, native, slot, { ...pool.shared, preload: this.preload }));
    } catch (error) {
      this.adding.splice(this.adding.indexOf(slot), 1);
      native.retire(slot);
      native.vacate(slot);
      throw error;
    }
    handle.warm = warm;
    this.handles.add(handle);
    this.bySlot[slot] = handle;
    if (handle.runTimes !== null) native.watchTimes(true);

    handle.worker.on('message', (message) => pool.face.emit('message', message));
    handle.worker.on('error', (error) => this.lose(handle, error, true));
    handle.worker.on('exit', (code) => {
      this.lose(handle, errors.workerExited(code), false);
      noteWorker(pool, 'workerExit', handle, { exitCode: code });
      native.vacate(slot);
    });
    // After the listeners, one of which would undo it.
    handle.worker.unref();
    this.watchLoad(handle, pool.handlers.defaultFilename);
    this.created++;
    noteWorker(pool, 'workerCreate', handle);
    this.adding.splice(this.adding.indexOf(slot), 1);
    return handle;
  }

  /** Ends what was begun, from an empty stack: nothing can be under way. */
  undo () {
    const { bySlot, condemned, pool } = this;
    const begun = condemned === null ? [] : [condemned];
    for (const slot of this.adding.splice(0)) {
      const handle = bySlot[slot];
      if (handle !== undefined) {
        begun.push(handle);
      } else {
        pool.native.retire(slot);
        pool.native.vacate(slot);
      }
    }
    this.condemned = null;
    for (const handle of begun) {
      for (const task of this.remove(handle)) pool.settlement.finish(task, true, errors.threadTermination());
    }
    this.replenish();
  }

  /**
   * Starts one more worker, if a thread is to be had. The system may refuse it: while others live nobody is lost by that,
   * so it is asked again later. Throws only where none lives.
   *
   * @returns {boolean} whether there is one more
   */
  grow () {
    if (this.retryTimer !== null && this.size > 0) return false;
    try {
      this.add();
      return true;
    } catch (error) {
      this.retryLater();
      if (this.size === 0) throw error;
      return false;
    }
  }

  /**
   * Starts one more worker for a caller of `run()`: where others live, once his script has ended. It may be cut short
   * (cut-short.js), and to start a worker takes milliseconds, in which it cannot be undone.
   *
   * @returns {boolean} whether there is one more
   */
  growSoon () {
    if (this.handles.size === 0) return this.grow();
    if (this.retryTimer !== null) return false;
    queueMicrotask(() => this.startPlanned());
    this.planned++;
    this.spare += this.pool.concurrency - 1;
    return true;
  }

  startPlanned () {
    this.spare = 0;
    try {
      while (this.planned > 0) {
        this.planned--;
        this.grow();
      }
    } catch {
      // No other lives any more. Whoever waits learns why.
      this.planned = 0;
      this.addForWaiting();
    }
  }

  /** A thread was refused. To ask again at once would be in vain, and costs as much as a start. */
  retryLater () {
    if (this.retryTimer !== null) return;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.replenish();
      this.pool.scheduler.distribute();
    }, this.pause).unref();
    this.pause = Math.min(2 * this.pause, PAUSE_MOST);
  }

  /**
   * Ends a worker that takes longer than `loadTimeout` to load a file, or to start.
   *
   * @param {WorkerHandle} handle
   * @param {string | null} filename
   */
  watchLoad (handle, filename) {
    const { pool } = this;
    const { loadTimeout } = pool.options;
    handle.endLoadLimit();
    handle.loadLimit = new Deadline(loadTimeout, () => pool.drain(),
      () => this.lose(handle, errors.loadTimeout(filename, loadTimeout), true));
  }

  /**
   * A worker begins to load the file of a handler, or has ended that.
   *
   * @param {number} slot
   * @param {number | null} handler
   */
  loading (slot, handler) {
    const handle = this.bySlot[slot];
    if (handle === undefined) return;
    if (handler !== null) this.watchLoad(handle, this.pool.handlers.filenames[handler]);
    else if (handle.booted) handle.endLoadLimit();
  }

  /**
   * A worker has loaded its file.
   *
   * @param {number} slot
   */
  ready (slot) {
    const { pool } = this;
    const handle = this.bySlot[slot];
    if (handle === undefined) return;
    handle.booted = true;
    pool.scheduler.workerReady();
    this.pause = PAUSE_LEAST;
    noteWorker(pool, 'workerReady', handle);
    handle.endLoadLimit();
    handle.lastActive = performance.now();
    if (!handle.warm) {
      handle.warm = true;
      this.announce(handle);
      pool.scheduler.distribute();
    }
    this.watchIdle();
  }

  /** @param {WorkerHandle} handle that is ready, or counts as it */
  announce (handle) {
    handle.announced = true;
    this.pool.tell('workerCreate', handle.interface);
  }

  /**
   * Ends a worker. What it was given and has not taken waits again. The tasks that are lost with it are returned; what
   * becomes of them is the caller's.
   *
   * @param {WorkerHandle} handle
   * @returns {import('./task').Task[]}
   */
  remove (handle) {
    const { pool } = this;
    noteRunning(pool, handle);
    const { running, untaken } = pool.native.retire(handle.slot);
    const lost = pool.table.tasksOf(running);
    // From here on the worker can report nothing more.
    salvage(pool, handle);
    this.handles.delete(handle);
    this.bySlot[handle.slot] = undefined;
    handle.terminate();
    lost.push(...takeBack(pool, untaken));
    // Whoever counts workers hears of each twice, also of one that ends before it is ready.
    if (!handle.announced) this.announce(handle);
    pool.tell('workerDestroy', handle.interface);
    return lost;
  }

  /**
   * A worker has ended by itself, or is ended because it does not get ready.
   *
   * @param {WorkerHandle} handle
   * @param {Error} error
   * @param {boolean} tellPool whether the pool emits the error if it concerns no task
   */
  lose (handle, error, tellPool) {
    if (handle.destroyed) return;
    const { pool } = this;
    // What it reported before it ended still counts.
    pool.drain();
    // One that the user has ended says nothing about how the next would start.
    const mayStartAgain = handle.booted || handle.worker.wasTerminated;
    const lost = this.remove(handle);
    if (mayStartAgain) {
      this.replenish();
    } else if (wasRefused(error)) {
      this.retryLater();
    } else if (this.preload && pool.handlers.defaultFilename !== null) {
      // Lost while it loaded the pool's file, most likely by it. The next workers start without the file: tasks that
      // need it fail each with its own reason, the others run.
      this.preload = false;
      this.addForWaiting();
    }
    // It could not even start, and no other lives: the waiting tasks must learn why.
    if (!mayStartAgain && this.size === 0) lost.push(...pool.scheduler.takeWaiting(0));

    for (const task of lost) pool.settlement.finish(task, true, error);
    // Only if no task is there to tell, now or later.
    const concernsPool = handle.booted || (pool.table.size === 0 && !wasRefused(error));
    if (lost.length === 0 && tellPool && concernsPool) pool.tell('error', error);
    // A wake-up that was on its way to this worker has ended with it.
    pool.scheduler.wakeForWaiting();
    // After one that could not start nothing has changed for the others, and a refusal would start the next: only what
    // it has left behind is asked about, and later.
    if (mayStartAgain) pool.scheduler.distribute();
    else pool.scheduler.askLater(false);
  }

  /** Replaces lost workers, and starts more while tasks wait for one. */
  replenish () {
    const { pool } = this;
    try {
      while (!pool.destroying && !pool.closing && this.size < pool.options.minThreads && this.grow());
    } catch {
      // No thread is to be had now. Whether that hurts anybody is seen next.
    }
    this.addForWaiting();
  }

  /**
   * Starts workers while tasks wait for one.
   *
   * @param {boolean} [refused] whether a balancer wants none of those that there are
   */
  addForWaiting (refused = false) {
    const { pool } = this;
    const { options, submission } = pool;
    if (pool.destroying) return;
    try {
      while (submission.waiting > 0 && submission.room < 0 && this.size < options.maxThreads && this.grow());
      const isWanted = this.size === 0 || (refused && this.size < options.maxThreads);
      if (isWanted && pool.scheduler.holdsBack) this.grow();
    } catch (error) {
      // No thread is to be had, and no worker lives. The tasks would wait for ever.
      for (const task of pool.scheduler.takeWaiting(0)) pool.settlement.finish(task, true, error);
    }
  }

  /** Sees to it that workers beyond `minThreads` end when they have been idle for `idleTimeout`. */
  watchIdle () {
    const { options } = this.pool;
    if (this.idleLimit === null && this.size > options.minThreads) this.lookForIdle(options.idleTimeout);
  }

  /** @param {number} after milliseconds */
  lookForIdle (after) {
    this.idleLimit = new Deadline(after, () => this.pool.drain(), (uncounted) => {
      this.idleLimit = null;
      this.retireIdle(uncounted);
    });
  }

  /** @param {number} uncounted milliseconds in which nobody could have had a use for them */
  retireIdle (uncounted) {
    const { native, options, scheduler } = this.pool;
    // Its tasks need a worker. To end one and start another for every refusal of theirs would be endless.
    if (scheduler.holdsBack) return;
    const limit = performance.now() - options.idleTimeout - uncounted;
    for (const handle of this.handles) {
      if (this.size <= options.minThreads) return;
      if (handle.booted && handle.directed.size === 0 && handle.lastActive <= limit && native.retireUnused(handle.slot)) {
        this.remove(handle);
      }
    }
    if (this.size > options.minThreads) this.rewatchIdle(limit);
  }

  /**
   * Looks again when the next worker may have been idle long enough. Busy ones are looked at when they report.
   *
   * @param {number} limit
   */
  rewatchIdle (limit) {
    let wait = Infinity;
    for (const { lastActive } of this.handles) {
      if (lastActive > limit) wait = Math.min(wait, lastActive - limit);
    }
    if (wait !== Infinity) this.lookForIdle(Math.ceil(wait));
  }

  /** Ends all workers; fulfilled when their threads are gone. */
  async terminateAll () {
    this.planned = this.spare = 0;
    this.idleLimit?.stop();
    this.idleLimit = null;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.pause = PAUSE_LEAST;
    const handles = [...this.handles];
    for (const handle of handles) this.remove(handle);
    for (const { exited } of handles) await exited;
  }
}

/**
 * Whether a worker was lost because the system refused what a thread needs: no file of the user's is to blame.
 *
 * @param {any} error
 */
function wasRefused (error) {
  return error?.code === 'ERR_WORKER_INIT_FAILED';
}

module.exports = { Crew };
