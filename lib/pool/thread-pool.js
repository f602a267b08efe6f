'use strict';

const { receiveMessageOnPort } = require('node:worker_threads');
const { availableParallelism } = require('node:os');
const { setTimeout: sleep } = require('node:timers/promises');

const binding = require('../binding');
const { AbortError, isAborted, reasonOf, watch } = require('../abort');
const { decode } = require('../codec/decode');
const { takeSubstitute } = require('../codec/encode');
const { unpack } = require('../codec/error-carrier');
const errors = require('../errors');
const { defaultTaskQueue, parseRunOptions, toTimerDelay } = require('../options');
const { isMovable, unwrapMovable } = require('../transfer');
const { Crew } = require('./crew');
const { Director } = require('./director');
const { KeepAlive } = require('./keep-alive');
const { flags: FLAGS, kinds, HEADER, OUT_HEADER } = require('./layout');
const { Poller } = require('./poller');
const { wrap } = require('./parcel');
const { Staging } = require('./staging');
const { Task } = require('./task');
const { TaskTable } = require('./task-table');

const { ABORTABLE, PORT } = FLAGS;

/** Results are read in portions of this size. */
const INBOUND_SIZE = 256 * 1024;

/** A directed worker takes what it is given; piscina has no bound there either. */
const UNBOUNDED = 1 << 20;

/** Workers that may search for a task at the same time: the main thread and the tasks need the other cores. */
const SPINNERS = availableParallelism() > 1 ? Math.max(1, availableParallelism() >> 2) : 0;

/**
 * The main thread's side of a pool: takes tasks in, hands them over, settles their promises. Which worker runs what,
 * and when, is decided natively, unless the user has a queue or a load balancer of his own (director.js).
 */
class ThreadPool {
  /**
   * @param {import('../piscina')} face The public object: emits the events.
   * @param {import('../options').FilledOptions} options
   */
  constructor (face, options) {
    this.face = face;
    this.options = options;
    this.start = performance.now();
    this.completed = 0;
    this.needsDrain = false;
    this.closing = false;
    this.destroying = false;
    this.draining = false;
    /** `performance.now()` of the last look at the outbox. */
    this.drainedAt = 0;
    /** @type {(() => void)[]} Called once no task is unsettled. */
    this.whenEmpty = [];

    const directed = options.taskQueue !== defaultTaskQueue || options.loadBalancer !== undefined;
    this.concurrency = directed ? UNBOUNDED : options.concurrentTasksPerWorker;
    this.table = new TaskTable();
    this.keepAlive = new KeepAlive();
    this.staging = new Staging();
    this.inbound = new Uint8Array(INBOUND_SIZE);
    this.inboundInt32 = new Int32Array(this.inbound.buffer);
    this.inboundFloat64 = new Float64Array(this.inbound.buffer);
    /** @type {(() => void)[]} Tickets submitted by a getter, while the record of another task was being written. */
    this.postponed = [];

    // The native side holds the function for as long as it lives; the pool itself must be free to go.
    const weak = new WeakRef(this);
    this.native = new binding.NativePool(
      { concurrency: this.concurrency, spinners: SPINNERS, timing: options.recordTiming, now: performance.now() },
      this.staging.words, this.staging.bytes, this.inbound, this.staging.scratch, () => weak.deref()?.drain());
    this.handlers = new Map();
    this.defaultFilename = options.filename;
    this.defaultName = options.name;
    // Number 0: what most tasks run. It is given out even if the pool has no file of its own.
    this.native.defineHandler(options.filename ?? '', options.name);
    /** What a worker needs to find its pool. */
    this.shared = {
      pool: this.native.id,
      control: this.staging.words,
      staging: this.staging.bytes,
      concurrency: this.concurrency
    };
    this.resource = { triggerAsyncId: face.asyncResource.asyncId(), requireManualDestroy: true };
    this.poller = new Poller(this);
    this.director = directed ? new Director(this) : null;
    this.crew = new Crew(this);
    this.crew.start();
  }

  /**
   * @param {any} value
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  run (value, options) {
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
    if (signal !== null && isAborted(signal)) return Promise.reject(new AbortError(reasonOf(signal)));

    if (this.director !== null) return this.director.run(value, transferList, signal, filename, name);

    try {
      this.admit(signal !== null);
    } catch (error) {
      return Promise.reject(error);
    }
    const task = new Task(this.resource);
    this.enter(task, signal);
    try {
      this.submit(task, value, transferList, this.handlerOf(filename, name), signal === null ? 0 : ABORTABLE);
    } catch (error) {
      // It could not be cloned, or a getter threw: it was never submitted.
      this.finish(task, true, error);
    }
    if (this.staging.needsWake) this.wake();
    this.poller.begin();
    return task.promise;
  }

  /**
   * Makes room for one more task: starts a worker if none is free. Throws when the queue is full.
   *
   * @param {boolean} abortable
   */
  admit (abortable) {
    const { crew, options, staging } = this;
    // An abortable task needs a worker of its own.
    const need = abortable ? this.concurrency : 1;
    if (crew.size >= options.maxThreads && options.maxQueue === Infinity) return;
    if (staging.room >= need) return;
    if (crew.size < options.maxThreads) {
      crew.add();
    } else if (this.native.queued >= options.maxQueue) {
      throw options.maxQueue === 0 ? errors.noTaskQueueAvailable() : errors.taskQueueAtLimit();
    }
  }

  /**
   * Enters a task into the books. From here on it must come to `finish`.
   *
   * @param {Task} task
   * @param {import('../abort').AbortSignalAny | null} signal
   */
  enter (task, signal) {
    task.created = performance.now();
    this.table.add(task);
    this.keepAlive.hold();
    if (signal !== null) {
      const { more } = task;
      more.signal = signal;
      more.unwatch = watch(signal, () => this.abort(task, signal));
    }
    if (!this.needsDrain && this.table.size >= this.capacity) {
      this.needsDrain = true;
      queueMicrotask(() => this.face.emit('needsDrain'));
    }
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
    const { staging } = this;
    if (transferList === undefined && !isMovable(value)) {
      if (!staging.writing) staging.reserve(this.native);
      let end;
      try {
        end = staging.write(value);
        // A getter of the value may have aborted the task.
        if (end >= 0 && task.index >= 0) {
          if (task.extra !== null) task.extra.submitted = true;
          staging.publish(end, task, handler, flags);
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
    if (this.postponed.length === 0 || this.staging.writing) return;
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
    const { native, staging } = this;
    if (task.index < 0) return;
    staging.sealScratch(HEADER, task, handler, flags);
    const placed = native.place(HEADER);
    if (placed >= 0) {
      task.more.submitted = true;
      this.sendPlaced(task, placed, value, transferList);
      return;
    }
    // Nobody could start it now. The parcel is sent to the worker that takes the ticket.
    task.more.parcel = wrap(value, transferList);
    const publish = () => {
      if (task.index < 0) return;
      task.more.submitted = true;
      staging.reserve(native);
      staging.publishTicket(task, handler, flags);
    };
    if (staging.writing) this.postponed.push(publish);
    else publish();
  }

  /**
   * @param {Task} task
   * @param {number} placed `slot * 4 + how to wake`
   * @param {any} value
   * @param {any[]} transferList
   */
  sendPlaced (task, placed, value, transferList) {
    const handle = /** @type {import('./worker-handle').WorkerHandle} */ (this.crew.bySlot[placed >> 2]);
    task.more.worker = handle;
    try {
      handle.send(task, value, transferList);
    } catch (error) {
      // The worker has the ticket: it must not wait for the value.
      handle.cancel(task);
      throw error;
    }
    handle.wake(placed & 3);
  }

  /** Wakes a worker for the queued tasks. */
  wake () {
    const chosen = this.native.wake();
    if (chosen >= 0) this.crew.bySlot[chosen >> 2]?.wake(chosen & 3);
  }

  /** Wakes as many workers as tasks wait for: after a change that may have let several of them start. */
  wakeForWaiting () {
    for (let { waiting } = this.staging; waiting > 0 && this.staging.needsWake; waiting--) this.wake();
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
      this.handlers.set(key, handler);
    }
    return handler;
  }

  /** Reads what the workers have to say. */
  drain () {
    if (this.draining) return;
    this.draining = true;
    this.drainedAt = performance.now();
    try {
      let length;
      while ((length = this.native.drain(this.poller.active)) > 0) this.read(length);
    } finally {
      this.draining = false;
    }
    // A worker that has just reported may have found nothing more to do.
    this.wakeForWaiting();
  }

  /** @param {number} length bytes of records in `inbound` */
  read (length) {
    const { inboundInt32: int32 } = this;
    for (let at = 0; at < length;) {
      const word = at >> 2;
      const size = int32[word];
      const kind = int32[word + 3] & 0xffff;
      const slot = int32[word + 3] >>> 16;
      const task = this.table.get(int32[word + 1] >>> 0, int32[word + 2] >>> 0);
      switch (kind) {
        case kinds.READY:
          this.crew.ready(slot);
          break;
        case kinds.NEED_VALUE:
          this.sendParcel(slot, int32[word + 1] >>> 0, int32[word + 2] >>> 0, task);
          break;
        case kinds.WAKE:
          // Whoever drains wakes for all that waits.
          break;
        default:
          this.complete(kind, slot, at, size, task);
      }
      at = (at + size + 7) & ~7;
    }
  }

  /**
   * A task has ended in its worker.
   *
   * @param {number} kind
   * @param {number} slot
   * @param {number} at where its record starts
   * @param {number} size
   * @param {Task | undefined} task
   */
  complete (kind, slot, at, size, task) {
    const handle = this.crew.bySlot[slot];
    this.poller.learn(this.inboundFloat64[(at + 24) >> 3]);
    if (handle !== undefined) {
      handle.lastActive = this.drainedAt;
      if (handle.runTimes !== null) handle.recordRunTime(this.inboundFloat64[(at + 24) >> 3]);
      this.crew.watchIdle();
    }
    const word = at >> 2;
    const index = this.inboundInt32[word + 1] >>> 0;
    const seq = this.inboundInt32[word + 2] >>> 0;
    let failed = kind === kinds.FAILURE || kind === kinds.PORT_FAILURE;
    let value;
    try {
      value = kind === kinds.RESULT || kind === kinds.FAILURE
        ? decode(this.inbound, at + OUT_HEADER, at + size)
        : receiveFrom(handle, index, seq);
      if (failed) value = unpack(value);
    } catch (error) {
      // A result that cannot be read concerns its task and nothing else.
      failed = true;
      value = error;
    }
    if (task === undefined) return;
    if (this.director !== null && handle !== undefined) {
      handle.directed.delete(task);
      this.finish(task, failed, value);
      this.director.distribute();
    } else {
      this.finish(task, failed, value);
    }
  }

  /**
   * A worker has taken a ticket: it gets the value.
   *
   * @param {number} slot
   * @param {number} index
   * @param {number} seq
   * @param {Task | undefined} task
   */
  sendParcel (slot, index, seq, task) {
    const handle = this.crew.bySlot[slot];
    if (handle === undefined) return;
    const parcel = task?.extra?.parcel;
    if (task === undefined || parcel == null) {
      handle.cancel({ index, seq });
      return;
    }
    task.more.parcel = null;
    try {
      handle.send(task, parcel.value, parcel.transferList);
    } catch (error) {
      handle.cancel(task);
      this.finish(task, true, error);
    }
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
    this.table.remove(task);
    this.completed++;
    if (task.extra !== null) {
      task.extra.unwatch?.();
      task.extra.parcel = null;
    }
    task.runInAsyncScope(failed ? task.reject : task.resolve, null, value);
    task.emitDestroy();

    if (this.needsDrain && this.table.size < this.capacity) {
      this.needsDrain = false;
      queueMicrotask(() => this.face.emit('drain'));
    }
    if (this.table.size === 0) {
      this.keepAlive.release();
      for (const resolve of this.whenEmpty.splice(0)) resolve();
    }
  }

  /**
   * @param {Task} task
   * @param {import('../abort').AbortSignalAny} signal
   */
  abort (task, signal) {
    if (task.index < 0) return;
    const error = new AbortError(reasonOf(signal));
    const { worker } = task.more;
    if (this.director !== null) {
      this.director.abort(task);
    } else if (task.more.submitted) {
      const outcome = this.native.abort(task.index, task.seq, worker === null ? -1 : worker.slot);
      const running = outcome >= 0 ? this.crew.bySlot[outcome] : undefined;
      if (running !== undefined) {
        this.crew.remove(running);
        this.crew.replenish();
      } else if (worker !== null) {
        worker.cancel(task);
      }
      // What stood behind it may start now.
      this.wakeForWaiting();
    }
    this.finish(task, true, error);
  }

  /**
   * The unsettled tasks of native ids: index, sequence number, index, …
   *
   * @param {Uint32Array} ids
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
   * @param {object} [params]
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  kernel (name, bytes, params, options) {
    // Loaded when first used: most pools have no use for the kernels.
    const { runInPool } = require('./kernel-lane');
    return runInPool(this, name, bytes, params, options);
  }

  async destroy () {
    this.destroying = true;
    this.drain();
    this.takeWaiting(0);
    const ended = this.crew.terminateAll();
    const kernels = [];
    for (const task of this.table.all()) {
      // A kernel ends by itself, some milliseconds after it was told to, and gives the memory back with the error.
      if (task.extra?.cancel) {
        kernels.push(task.promise.catch(() => {}));
        task.extra.cancel();
      } else {
        this.finish(task, true, errors.threadTermination());
      }
    }
    await Promise.all([ended, ...kernels]);
    this.keepAlive.dispose();
    this.destroying = false;
  }

  /** @param {{ force: boolean }} options */
  async close ({ force }) {
    this.closing = true;
    if (force) {
      // What a free worker is about to take counts as started.
      const kept = Math.max(this.staging.waiting - this.native.queued, 0);
      for (const task of this.takeWaiting(kept)) this.finish(task, true, new AbortError('pool is closed'));
    }
    try {
      if (!await this.emptied()) this.face.emit('error', errors.closeTimeout());
    } finally {
      await this.destroy();
      this.face.emit('close');
      this.closing = false;
    }
  }

  /** @returns {Promise<boolean>} whether all tasks were settled within `closeTimeout` */
  async emptied () {
    if (this.table.size === 0) return true;
    const emptied = new Promise((resolve) => this.whenEmpty.push(() => resolve(true)));
    const delay = toTimerDelay(this.options.closeTimeout);
    if (delay === null) return emptied;
    const timer = new AbortController();
    try {
      return await Promise.race([emptied, sleep(delay, false, { ref: false, signal: timer.signal })]);
    } finally {
      timer.abort();
    }
  }
}

/**
 * The value of an ended task from its worker's port.
 *
 * @param {import('./worker-handle').WorkerHandle | undefined} handle
 * @param {number} index
 * @param {number} seq
 * @returns {any}
 */
function receiveFrom (handle, index, seq) {
  if (handle === undefined) throw errors.threadTermination();
  for (;;) {
    const entry = receiveMessageOnPort(handle.port);
    if (entry === undefined) throw errors.threadTermination();
    const { message } = entry;
    // Results that were left behind are of tasks that are settled already.
    if (message?.index === index && message.seq === seq) return message.value;
  }
}

module.exports = { ThreadPool };
