'use strict';

const { availableParallelism } = require('node:os');

const binding = require('../binding');
const { AbortError, isAborted, reasonOf, watch } = require('../abort');
const { copyLarge } = require('../bulk');
const { aheadOf } = require('../clock');
const { outside, performance, Promise, queueMicrotask } = require('../host');
const { takeSubstitute } = require('../codec/encode');
const errors = require('../errors');
const { isDirected, parseRunOptions } = require('../options');
const { slotOf, takesAtOnce, wakeupOf } = require('../protocol/answers');
const { flags: FLAGS, limits: { CONCURRENCY_MAX }, record: { HEADER } } = require('../protocol/tables');
const { events } = require('../observe/channels');
const { noteRunning } = require('../observe/workers');
const { threadState } = require('../thread-state');
const { throwLater } = require('../throw-later');
const { isMovable, unwrapMovable } = require('../transfer');
const { Crew } = require('./crew');
const { CutShort } = require('./cut-short');
const { Director } = require('./director');
const { KeepAlive } = require('./keep-alive');
const { Snapshots } = require('./parcel');
const { PassOver } = require('./pass-over');
const { Poller } = require('./poller');
const { Results } = require('./results');
const { close, destroy } = require('./shutdown');
const { Specimen } = require('./specimen');
const { SubmissionBuffer } = require('./submission');
const { takePromise, Task } = require('./task');
const { TaskTable } = require('./task-table');
const { checkEntry } = require('./worker-handle');

const { ABORTABLE, MOVED, PORT, SENT } = FLAGS;

/** Workers that may search for a task at the same time: the main thread and the tasks need the other cores. */
const SPINNERS = availableParallelism() > 1 ? Math.max(1, availableParallelism() >> 2) : 0;

/**
 * The main thread's side of a pool: takes tasks in, hands them over, settles their promises. Which worker runs what,
 * and when, is decided natively, unless the user has a queue or a load balancer of his own (director.js).
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
    /** How many tasks were settled; how many of them were rejected, and how many of those because they were aborted. */
    this.completed = 0;
    this.rejected = 0;
    this.aborted = 0;
    this.needsDrain = false;
    this.closing = false;
    this.destroying = false;
    /** @type {Promise<void> | null} What `destroy()` gave, while it is under way. */
    this.ending = null;
    /** @type {(() => void)[]} Called once no task is unsettled. */
    this.whenEmpty = [];

    const directed = isDirected(options);
    // A directed worker takes what it is given; piscina has no bound there either.
    this.concurrency = directed ? CONCURRENCY_MAX : options.concurrentTasksPerWorker;
    this.table = new TaskTable();
    this.keepAlive = new KeepAlive(this);
    this.cutShort = new CutShort(this);
    this.submission = new SubmissionBuffer();
    this.snapshots = new Snapshots();
    this.results = new Results(this);
    /** @type {(() => void)[]} Tickets submitted by a getter, while the record of another task was being written. */
    this.postponed = [];

    const bell = bellOf(this);
    this.native = outside(() => new binding.NativePool(
      { concurrency: this.concurrency, spinners: SPINNERS, timing: options.recordTiming, clockAhead: aheadOf(binding.monotonicNow) },
      this.submission.words, this.submission.bytes, this.results.bytes, this.submission.scratch, bell));
    /** @type {Map<string, number>} Numbers of handlers. */
    this.handlers = new Map();
    // What handler 0 is, whatever is written into the options later: what most tasks run. The number is given out even
    // if the pool has no file of its own.
    this.defaultFilename = options.filename;
    this.defaultName = options.name;
    this.native.defineHandler(options.filename ?? '', options.name);
    /** The file of each handler. */
    this.filenames = [options.filename];
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
    this.director = directed ? new Director(this) : null;
    this.passOver = new PassOver(this);
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
    try {
      if (signal !== null && isAborted(signal)) throw new AbortError(reasonOf(signal));
      if (this.director === null) this.admit(signal !== null);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.director !== null) return this.director.run(value, transferList, signal, filename, name, record);

    const task = new Task(this.resource);
    const promise = takePromise(task, signal !== null);
    this.submission.created = performance.now();
    if (record !== null) record.attach(task, this.submission.created);
    this.cutShort.begin(task);
    try {
      this.enter(task, signal);
      this.submit(task, value, transferList, this.handlerOf(filename, name), signal === null ? 0 : ABORTABLE);
    } catch (error) {
      // It could not be cloned, or a getter or the signal threw: it was never submitted.
      this.finish(task, true, error);
    }
    if (this.submission.needsWake) this.wake();
    this.poller.begin();
    this.cutShort.end(task);
    return promise;
  }

  /**
   * Makes room for one more task: starts a worker if none is free. Throws when the queue is full, or when no worker lives
   * and none can be started.
   *
   * @param {boolean} abortable
   */
  admit (abortable) {
    const { crew, options, submission } = this;
    if (crew.size >= options.maxThreads && options.maxQueue === Infinity) return;
    if (crew.isCutShort) this.cutShort.plan();
    // With workers that are shared it depends on who runs what: an abortable task needs one of its own.
    const waits = this.concurrency === 1 ? submission.room + crew.planned < 1 : this.native.wouldWait(abortable);
    if (!waits) return;
    if (crew.spare > 0 && !abortable) {
      crew.spare--;
      return;
    }
    if (crew.size < options.maxThreads && crew.growSoon()) return;
    if (this.native.queued >= options.maxQueue) {
      throw options.maxQueue === 0 ? errors.noTaskQueueAvailable() : errors.taskQueueAtLimit();
    }
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

  /**
   * Enters a task into the books. From here on it must come to `finish`, even if the signal throws here.
   *
   * @param {Task} task
   * @param {import('../abort').AbortSignalAny | null} signal
   */
  enter (task, signal) {
    this.table.add(task);
    this.keepAlive.hold();
    if (signal !== null) {
      const { more } = task;
      more.signal = signal;
      more.waiter = watch(signal, this, task);
    }
    if (!this.needsDrain && this.table.size >= this.capacity) {
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
    queueMicrotask(() => {
      if (events[event].hasSubscribers) events[event].publish({ pool: this.face });
      this.face.emit(event);
    });
  }

  get capacity () {
    return this.options.maxThreads * this.options.concurrentTasksPerWorker;
  }

  /**
   * Hands a task over: its bytes if the codec carries the value, else the value itself by port.
   *
   * @param {Task} task
   * @param {any} value
   * @param {any[] | undefined} transferList
   * @param {number} handler
   * @param {number} flags
   */
  submit (task, value, transferList, handler, flags) {
    const { submission } = this;
    if (transferList === undefined && !isMovable(value)) {
      const large = copyLarge(value);
      if (large !== null) {
        this.submitByPort(task, large.value, [large.buffer], handler, flags | PORT);
        return;
      }
      if (!submission.writing) submission.reserve(this.native);
      let end;
      try {
        end = submission.write(value);
        // A getter of the value may have aborted the task.
        if (end >= 0 && task.index >= 0) {
          if (task.extra !== null) task.extra.submitted = true;
          submission.publish(end, task, handler, flags);
        }
      } finally {
        this.submitPostponed();
      }
      if (end >= 0) return;
      this.submitByPort(task, takeSubstitute(value), [], handler, flags | PORT);
    } else {
      const unwrapped = unwrapMovable(value, transferList);
      this.submitByPort(task, unwrapped.value, unwrapped.transferList, handler, flags | PORT);
    }
  }

  /** Submits the tickets that getters of a value have caused, now that no record is half written. */
  submitPostponed () {
    if (this.postponed.length === 0 || this.submission.writing) return;
    for (const submit of this.postponed.splice(0)) submit();
  }

  /**
   * @param {Task} task
   * @param {any} value
   * @param {any[]} transferList
   * @param {number} handler
   * @param {number} flags
   */
  submitByPort (task, value, transferList, handler, flags) {
    const { native, submission } = this;
    if (task.index < 0) return;
    submission.sealScratch(HEADER, task, handler, flags | SENT | (transferList.length > 0 ? MOVED : 0));
    const { more } = task;
    const placed = native.place(HEADER);
    if (slotOf(placed) >= 0) {
      // At once: whoever finds this cut short has to tell that worker.
      more.worker = this.crew.bySlot[slotOf(placed)] ?? null;
      this.sendPlaced(task, placed, value, transferList);
      return;
    }
    // Nobody is sure to start it now. The parcel is sent to the worker that takes the ticket.
    this.snapshots.take(task, value, transferList);
    const publish = () => {
      if (task.index < 0) return;
      task.more.submitted = true;
      submission.reserve(native);
      submission.publishTicket(task, handler, flags);
    };
    if (submission.writing) this.postponed.push(publish);
    else publish();
  }

  /**
   * @param {Task} task
   * @param {number} placed a worker and how to tell it
   * @param {any} value
   * @param {any[]} transferList
   */
  sendPlaced (task, placed, value, transferList) {
    const handle = /** @type {import('./worker-handle').WorkerHandle} */ (this.crew.bySlot[slotOf(placed)]);
    const id = { index: task.index, seq: task.seq };
    const isSure = takesAtOnce(wakeupOf(placed));
    try {
      if (isSure) handle.send(id, value, transferList);
      else handle.send(id, this.snapshots.take(task, value, []).value, []);
    } catch (error) {
      // The worker has the ticket: it must not wait for the value.
      handle.cancel(id);
      throw error;
    }
    task.more.submitted = true;
    // Aborted by a getter of the value; or the getter has ended the pool. Until now the worker had no place for another
    // task, so values and what is said of them are in order.
    if (task.index < 0 && !handle.destroyed) this.recall(id, handle);
    else if (!isSure) this.passOver.add(task);
  }

  /**
   * Wakes a worker for the queued tasks.
   *
   * @returns {boolean} whether there was one
   */
  wake () {
    const chosen = this.native.wake();
    if (chosen < 0) return false;
    const how = wakeupOf(chosen);
    this.crew.bySlot[slotOf(chosen)]?.wake(how);
    if (!takesAtOnce(how)) this.passOver.watch();
    return true;
  }

  /** Wakes as many workers as tasks wait for: after a change that may have let several of them start. */
  wakeForWaiting () {
    // Those that sleep may be about to end.
    for (let { waiting } = this.submission; waiting > 0 && this.submission.needsWake && this.wake();) waiting--;
  }

  /**
   * The number of a handler: what its record carries instead of two strings.
   *
   * @param {string} filename
   * @param {string} name
   * @returns {number}
   */
  handlerOf (filename, name) {
    if (filename === this.defaultFilename && name === this.defaultName) return 0;
    const key = `${name}\0${filename}`;
    let handler = this.handlers.get(key);
    if (handler === undefined) {
      handler = this.native.defineHandler(filename, name);
      this.filenames[handler] = filename;
      this.handlers.set(key, handler);
    }
    return handler;
  }

  /** Reads what the workers have to say. */
  drain () {
    this.results.drain();
  }

  /**
   * Settles a task, once.
   *
   * @param {Task} task
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
   * @param {Task} task
   * @param {boolean} failed
   * @param {unknown} value
   */
  leave (task, failed, value) {
    this.table.remove(task);
    this.completed++;
    if (failed) {
      this.rejected++;
      if (AbortError.is(value)) this.aborted++;
    }
    if (task.extra !== null) {
      task.extra.waiter?.stop();
      this.snapshots.drop(task.extra);
      task.extra.record?.settle(failed, value);
    }
    task.emitDestroy();

    if (this.needsDrain && this.table.size < this.capacity) {
      this.needsDrain = false;
      this.announce('drain');
    }
    if (this.table.size === 0) {
      this.keepAlive.release();
      if (this.whenEmpty.length > 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
    }
  }

  /**
   * @param {Task} task
   * @param {import('../abort').Abort} abort
   */
  abort (task, abort) {
    if (task.index < 0) return;
    if (this.crew.isCutShort) this.cutShort.plan();
    const error = abort.error();
    if (task.extra?.record != null) {
      for (const handle of this.crew.handles) noteRunning(this, handle);
    }
    try {
      if (task.more.abort !== null) return;
      if (this.director !== null) this.director.abort(task);
      else if (task.more.submitted) this.recall(task, task.more.worker);
      task.more.sentTo?.forget(task);
    } finally {
      // Whatever a queue of the user's has thrown.
      this.finish(task, true, error);
    }
  }

  /**
   * Sees to it that an aborted task does not start. Its promise is rejected later, by `abort`.
   *
   * @param {Task} task
   * @param {import('../abort').Abort} abort
   * @returns {boolean} whether there is nothing more to be done at once
   */
  withdraw (task, abort) {
    const { more } = task;
    if (task.index < 0) return true;
    // Few tasks are with a worker, or watched.
    if (more.worker !== null || more.sentTo !== null || more.record !== null) return false;
    if (this.director !== null) this.director.abort(task);
    else if (!more.submitted || this.recall(task, null) >= 0) return false;
    more.abort = abort;
    return true;
  }

  /**
   * Takes a task back from the native side. A worker that runs it is ended.
   *
   * @param {{ index: number, seq: number }} id
   * @param {import('./worker-handle').WorkerHandle | null} worker the one that it was given to
   * @returns {number} the slot of its worker; below 0 if none runs it
   */
  recall ({ index, seq }, worker) {
    // First: the worker that looks for the value of a later task must come upon this in its port.
    worker?.forget({ index, seq });
    const outcome = this.native.abort(index, seq, worker === null ? -1 : worker.slot);
    const running = outcome >= 0 ? this.crew.bySlot[outcome] : undefined;
    if (running !== undefined) {
      this.crew.condemned = running;
      for (const lost of this.crew.remove(running)) this.finish(lost, true, errors.threadTermination());
      this.crew.condemned = null;
      this.crew.replenish();
    }
    // What stood behind it may start now.
    this.wakeForWaiting();
    return outcome;
  }

  /**
   * The unsettled tasks of native ids: index, sequence number, index, …
   *
   * @param {number[]} ids
   * @returns {Task[]}
   */
  tasksOf (ids) {
    const tasks = [];
    for (let at = 0; at < ids.length; at += 2) {
      const task = this.table.get(ids[at], ids[at + 1]);
      if (task !== undefined) tasks.push(task);
    }
    return tasks;
  }

  /**
   * Takes the tasks that have not started out of the queue.
   *
   * @param {number} keep how many of the oldest stay
   * @returns {Task[]}
   */
  takeWaiting (keep) {
    const own = this.tasksOf(this.native.takeQueued(keep));
    return this.director === null ? own : [...own, ...this.director.takeWaiting()];
  }

  get queueSize () {
    return this.director === null ? this.native.queued : this.director.queueSize;
  }

  get idleThreads () {
    return this.director === null ? this.native.idle : this.director.idleThreads;
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
