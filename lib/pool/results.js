'use strict';

const { performance, queueMicrotask, receiveMessageOnPort } = require('../host');
const { decode } = require('../codec/decode');
const { unpack } = require('../codec/error-carrier');
const errors = require('../errors');
const { throwLater } = require('../throw-later');
const { kinds, OUT_HEADER } = require('./layout');

/** Results are read in portions of this size: some milliseconds' work, if they are small. */
const PORTION = 128 * 1024;

/** Milliseconds that reading may take of one turn of the event loop. Timers and sockets of the user's come next. */
const SLICE = 2;

/**
 * Reads the outbox: what the workers of a pool have to say, in the order in which it happened. The layout of a record
 * stands in src/scheduler/outbox.rs.
 */
class Results {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    this.bytes = new Uint8Array(PORTION);
    this.int32 = new Int32Array(this.bytes.buffer);
    this.float64 = new Float64Array(this.bytes.buffer);
    /** The records from here to `end` are still to be read. */
    this.at = 0;
    this.end = 0;
    this.draining = false;
    /** Whether the rest was left for the next turn of the event loop. */
    this.isBehind = false;
    /** `performance.now()` of the last look. */
    this.drainedAt = 0;
  }

  /** Reads all that the workers have to say. */
  drain () {
    this.drainUntil(Infinity);
  }

  /** Reads as much as its share of a turn of the event loop allows. */
  drainSlice () {
    this.drainUntil(performance.now() + SLICE);
  }

  /** @param {number} until by `performance.now()` */
  drainUntil (until) {
    const { pool } = this;
    if (this.draining) {
      // By a listener that is called from here; or a script that asked for statistics was cut short (cut-short.js).
      queueMicrotask(() => this.drainAgain());
      return;
    }
    this.draining = true;
    try {
      this.isBehind = false;
      this.drainedAt = performance.now();
      pool.specimen.look();
      while (!this.isBehind && (this.at < this.end || this.fetch())) {
        this.read(until);
        this.isBehind = this.at < this.end || performance.now() >= until;
      }
    } finally {
      this.draining = false;
    }
    // A worker that has just reported may have found nothing more to do.
    pool.wakeForWaiting();
  }

  /** From an empty stack. */
  drainAgain () {
    this.draining = false;
    this.drain();
  }

  /** @returns {boolean} whether there are more records */
  fetch () {
    const length = this.pool.native.drain(this.pool.poller.active);
    this.at = 0;
    this.end = length;
    return length > 0;
  }

  /**
   * Reads the records that were fetched, until the time is over. The clock is asked only where the last one may have
   * taken long: to look after each small result would cost a tenth of what that takes, and they are bounded by their
   * number.
   *
   * @param {number} until
   */
  read (until) {
    const { end, int32 } = this;
    for (let { at } = this; at < end;) {
      let wasShort = false;
      try {
        wasShort = this.readOne(at);
      } catch (error) {
        // Thrown by a listener, a queue or a balancer of the user's.
        throwLater(error);
      }
      at = (at + int32[at >> 2] + 7) & ~7;
      // Not before: one that was cut short is read again.
      this.at = at;
      if (!wasShort && performance.now() >= until) return;
    }
  }

  /**
   * @param {number} at where the record starts
   * @returns {boolean} whether it took no longer than its size tells
   */
  readOne (at) {
    const { int32, pool } = this;
    const word = at >> 2;
    const kind = int32[word + 3] & 0xff;
    const slot = int32[word + 3] >>> 16;
    const index = int32[word + 1] >>> 0;
    const seq = int32[word + 2] >>> 0;
    switch (kind) {
      case kinds.READY:
        pool.crew.ready(slot);
        break;
      case kinds.LOADING:
        pool.crew.loading(slot, index);
        break;
      case kinds.LOADED:
        pool.crew.loading(slot, null);
        break;
      case kinds.NEED_VALUE:
        this.sendParcel(slot, index, seq, pool.table.get(index, seq));
        break;
      case kinds.WAKE:
        // Whoever drains wakes for all that waits.
        break;
      default:
        this.complete(kind, slot, at, int32[word], pool.table.get(index, seq));
        return kind === kinds.RESULT && pool.director === null;
    }
    return false;
  }

  /**
   * A task has ended in its worker.
   *
   * @param {number} kind
   * @param {number} slot
   * @param {number} at where its record starts
   * @param {number} size
   * @param {import('./task').Task | undefined} task
   */
  complete (kind, slot, at, size, task) {
    const { float64, int32, pool } = this;
    const handle = pool.crew.bySlot[slot];
    const runTime = float64[(at + 24) >> 3];
    pool.poller.learn(runTime);
    if (handle !== undefined) {
      handle.lastActive = this.drainedAt;
      if (handle.runTimes !== null) handle.recordRunTime(runTime);
      pool.crew.watchIdle();
    }
    const word = at >> 2;
    const index = int32[word + 1] >>> 0;
    const seq = int32[word + 2] >>> 0;
    let failed = kind === kinds.FAILURE || kind === kinds.PORT_FAILURE;
    let value;
    try {
      value = kind === kinds.RESULT || kind === kinds.FAILURE
        ? decode(this.bytes, at + OUT_HEADER, at + size)
        : (task?.extra?.landed ?? receiveFrom(handle, index, seq)).value;
      if (failed) value = unpack(value);
    } catch (error) {
      // A result that cannot be read concerns its task and nothing else.
      failed = true;
      value = error;
    }
    if (task === undefined) {
      pool.director?.distribute();
      return;
    }
    if (task.extra !== null && handle !== undefined) {
      task.extra.record?.ran(handle.threadId, float64[(at + 16) >> 3], runTime);
    }
    if (pool.director !== null && handle !== undefined) {
      handle.directed.delete(task);
      pool.finish(task, failed, value);
      pool.director.distribute();
    } else {
      pool.finish(task, failed, value);
    }
  }

  /**
   * A worker has taken a ticket: it gets the value.
   *
   * @param {number} slot
   * @param {number} index
   * @param {number} seq
   * @param {import('./task').Task | undefined} task
   */
  sendParcel (slot, index, seq, task) {
    const { pool } = this;
    const handle = pool.crew.bySlot[slot];
    if (handle === undefined) return;
    const parcel = task?.extra?.parcel;
    if (task === undefined || parcel == null) {
      handle.cancel({ index, seq });
      return;
    }
    const { sentTo } = task.more;
    pool.snapshots.drop(task.more);
    task.more.sentTo = null;
    // It was passed over, and has come after all.
    if (sentTo === handle) return;
    sentTo?.forget(task);
    try {
      handle.send(task, parcel.value, parcel.transferList);
    } catch (error) {
      handle.directed.delete(task);
      handle.cancel(task);
      pool.finish(task, true, error);
    }
  }
}

/**
 * Takes what a worker that is being removed has left in its port. Its notes of that are still to be read; once they are
 * there will be no port any more.
 *
 * @param {import('./thread-pool').ThreadPool} pool
 * @param {import('./worker-handle').WorkerHandle} handle
 */
function salvage (pool, handle) {
  for (let unreadable = 0; unreadable < 1000;) {
    try {
      const entry = receiveMessageOnPort(handle.port);
      if (entry === undefined) return;
      const { index, seq } = entry.message ?? {};
      const task = pool.table.get(index, seq);
      if (task !== undefined) task.more.landed = entry.message;
    } catch {
      // Its task fails when its note comes, since there is no result.
      unreadable++;
    }
  }
}

/**
 * The message with the result of an ended task, from its worker's port.
 *
 * @param {import('./worker-handle').WorkerHandle | undefined} handle
 * @param {number} index
 * @param {number} seq
 * @returns {{ value: any }}
 */
function receiveFrom (handle, index, seq) {
  if (handle === undefined) throw errors.threadTermination();
  for (;;) {
    const entry = receiveMessageOnPort(handle.port);
    if (entry === undefined) throw errors.threadTermination();
    const { message } = entry;
    // Results that were left behind are of tasks that are settled already.
    if (message?.index === index && message.seq === seq) return message;
  }
}

module.exports = { Results, salvage };
