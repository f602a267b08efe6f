'use strict';

const { performance, queueMicrotask, receiveMessageOnPort } = require('../host');
const { decode } = require('../codec/decode');
const { unpack } = require('../codec/error-carrier');
const errors = require('../errors');
const { throwLater } = require('../throw-later');
const { indexAt, kindAt, runAt, seqHighAt, seqLowAt, sizeAt, slotAt, waitAt } = require('../protocol/completion');
const { alignUp, seqOf } = require('../protocol/record');
const { completion: { HEADER }, completions, messages: { OUTCOME } } = require('../protocol/tables');

/** Results are read in portions of this size: some milliseconds' work, if they are small. */
const PORTION = 128 * 1024;

/** Milliseconds that reading may take of one turn of the event loop. Timers and sockets of the user's come next. */
const SLICE = 2;

/**
 * Reads the completion queue: what the workers of a pool have to say, in the order in which it happened.
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
    pool.scheduler.wakeForWaiting();
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
      at = alignUp(at + sizeAt(int32, at));
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
    const kind = kindAt(int32, at);
    const slot = slotAt(int32, at);
    const index = indexAt(int32, at);
    switch (kind) {
      case completions.READY:
        pool.crew.ready(slot);
        break;
      case completions.LOADING:
        pool.crew.loading(slot, index);
        break;
      case completions.LOADED:
        pool.crew.loading(slot, null);
        break;
      case completions.NEED_VALUE:
        this.sendParcel(slot, index, seqOf(seqLowAt(int32, at), seqHighAt(int32, at)));
        break;
      case completions.WAKE:
        // Whoever drains wakes for all that waits.
        break;
      default:
        this.complete(kind, slot, at, pool.table.find(index, seqLowAt(int32, at), seqHighAt(int32, at)));
        return kind === completions.RESULT && !pool.scheduler.runsForeignCode;
    }
    return false;
  }

  /**
   * A task has ended in its worker.
   *
   * @param {number} kind
   * @param {number} slot
   * @param {number} at where its record starts
   * @param {import('./task').Task | undefined} task
   */
  complete (kind, slot, at, task) {
    const { float64, int32, pool } = this;
    const handle = pool.crew.bySlot[slot];
    const runTime = runAt(float64, at);
    pool.poller.learn(runTime);
    if (handle !== undefined) {
      handle.lastActive = this.drainedAt;
      if (handle.runTimes !== null) handle.recordRunTime(runTime);
      pool.crew.watchIdle();
    }
    let failed = kind === completions.FAILURE || kind === completions.PORT_FAILURE;
    let value;
    try {
      value = kind === completions.RESULT || kind === completions.FAILURE
        ? decode(this.bytes, at + HEADER, at + sizeAt(int32, at))
        : (task?.extra?.landed ?? this.receive(handle, at)).value;
      if (failed) value = unpack(value);
    } catch (error) {
      // A result that cannot be read concerns its task and nothing else.
      failed = true;
      value = error;
    }
    if (task === undefined) {
      pool.scheduler.distribute();
      return;
    }
    if (task.extra !== null && handle !== undefined) {
      task.extra.record?.ran(handle.threadId, waitAt(float64, at), runTime);
    }
    pool.scheduler.finish(task, handle, failed, value);
  }

  /**
   * The message with the result of an ended task, from its worker's port.
   *
   * @param {import('./worker-handle').WorkerHandle | undefined} handle
   * @param {number} at where its record starts
   * @returns {{ value: any }}
   */
  receive (handle, at) {
    const { int32 } = this;
    return receiveFrom(handle, indexAt(int32, at), seqOf(seqLowAt(int32, at), seqHighAt(int32, at)));
  }

  /**
   * A worker has taken a ticket: it gets the value.
   *
   * @param {number} slot
   * @param {number} index
   * @param {number} seq
   */
  sendParcel (slot, index, seq) {
    const { pool } = this;
    const task = pool.table.get(index, seq);
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
      pool.settlement.finish(task, true, error);
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
      const { kind, index, seq } = entry.message ?? {};
      const task = kind === OUTCOME ? pool.table.get(index, seq) : undefined;
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
    if (message?.kind === OUTCOME && message.index === index && message.seq === seq) return message;
  }
}

module.exports = { Results, salvage };
