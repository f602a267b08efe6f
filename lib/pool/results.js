'use strict';

const { performance, receiveMessageOnPort } = require('../host');
const { decode } = require('../codec/decode');
const { unpack } = require('../codec/error-carrier');
const errors = require('../errors');
const { throwLater } = require('../throw-later');
const { kinds, OUT_HEADER } = require('./layout');

/** Results are read in portions of this size. */
const PORTION = 256 * 1024;

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
    this.draining = false;
    /** `performance.now()` of the last look. */
    this.drainedAt = 0;
  }

  /** Reads what the workers have to say. */
  drain () {
    if (this.draining) return;
    const { pool } = this;
    try {
      this.draining = true;
      this.drainedAt = performance.now();
      pool.specimen.look();
      let length;
      while ((length = pool.native.drain(pool.poller.active)) > 0) this.read(length);
    } finally {
      this.draining = false;
    }
    // A worker that has just reported may have found nothing more to do.
    pool.wakeForWaiting();
  }

  /** @param {number} length bytes of records in `inbound` */
  read (length) {
    const { int32 } = this;
    for (let at = 0; at < length;) {
      try {
        this.readOne(at);
      } catch (error) {
        // Thrown by a listener, a queue or a balancer of the user's.
        throwLater(error);
      }
      at = (at + int32[at >> 2] + 7) & ~7;
    }
  }

  /** @param {number} at where the record starts */
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
    }
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
