'use strict';

const { encode } = require('../codec/encode');
const { Atomics, SharedArrayBuffer } = require('../host');
const { alignUp, writeHeader } = require('../protocol/record');
const { flags: FLAGS, limits, record, words } = require('../protocol/tables');

const { ABORTABLE } = FLAGS;
const { HEADER } = record;
const { PAYLOAD_MAX } = limits;
const { STAGED_TAIL, SUBMITTED, SUBMITTED_ABORTABLE, TAKEN, CAPACITY, SLEEPING, SPINNING } = words;

/** Room for some ten thousand small tasks between two native calls. */
const SIZE = 512 * 1024;

/**
 * Where the main thread writes tasks: a stretch of shared memory from which workers take them without its help. A
 * record is published by moving the tail, one atomic store.
 */
class SubmissionBuffer {
  constructor () {
    /** The control words. */
    this.words = new Int32Array(new SharedArrayBuffer(limits.WORDS * 4));
    const memory = new SharedArrayBuffer(SIZE);
    this.bytes = new Uint8Array(memory);
    this.int32 = new Int32Array(memory);
    this.float64 = new Float64Array(memory);
    /** Private: records for one worker only are written here and handed over by a native call. */
    this.scratch = new Uint8Array(HEADER + PAYLOAD_MAX);
    this.scratchInt32 = new Int32Array(this.scratch.buffer);
    this.scratchFloat64 = new Float64Array(this.scratch.buffer);
    this.tail = 0;
    /** `performance.now()` of the `run()` whose task is being submitted. */
    this.created = 0;
    this.submitted = 0;
    this.submittedAbortable = 0;
    /** Whether a value is being encoded: its getters may submit tasks themselves. */
    this.writing = false;
  }

  /** How many tasks were submitted and neither taken nor aborted. */
  get waiting () {
    return (this.submitted - Atomics.load(this.words, TAKEN)) | 0;
  }

  /** How many more tasks the workers could start than are waiting: one load, so never half of a change. */
  get room () {
    return (Atomics.load(this.words, CAPACITY) - this.submitted) | 0;
  }

  /**
   * Whether some worker sleeps that must be told of the waiting tasks. Each worker that searches finds one by itself;
   * the tasks are counted first, for a worker that takes one between the two loads must not be counted on for another
   * (see src/scheduler/README.md).
   */
  get needsWake () {
    if (Atomics.load(this.words, SLEEPING) === 0) return false;
    const { waiting } = this;
    return waiting > Atomics.load(this.words, SPINNING);
  }

  /**
   * Makes sure that the largest record fits.
   *
   * @param {{ flush (): void }} native
   */
  reserve (native) {
    if (this.tail + HEADER + PAYLOAD_MAX > SIZE) {
      native.flush();
      this.tail = 0;
    }
  }

  /**
   * Encodes a value behind the published records.
   *
   * @param {unknown} value
   * @returns {number} the end, or -1: the value is for the port
   */
  write (value) {
    // Submitted by a getter of the value that is being written: the space behind the records is taken.
    if (this.writing) return -1;
    const at = this.tail + HEADER;
    this.writing = true;
    try {
      return encode(value, this.bytes, at, at + PAYLOAD_MAX);
    } finally {
      this.writing = false;
    }
  }

  /**
   * Completes the record whose payload ends at `end` and publishes it.
   *
   * @param {number} end
   * @param {import('./task').Task} task
   * @param {number} handler
   * @param {number} flags
   */
  publish (end, task, handler, flags) {
    writeHeader(this.int32, this.float64, this.tail, end - this.tail, task, handler, flags, this.created);
    this.tail = alignUp(end);
    const { words } = this;
    // Plain stores: only native calls of this thread read these two.
    if ((flags & ABORTABLE) !== 0) {
      this.submittedAbortable = (this.submittedAbortable + 1) | 0;
      words[SUBMITTED_ABORTABLE] = this.submittedAbortable;
    }
    this.submitted = (this.submitted + 1) | 0;
    words[SUBMITTED] = this.submitted;
    Atomics.store(words, STAGED_TAIL, this.tail);
  }

  /**
   * Publishes a record without a payload: its value goes by port.
   *
   * @param {import('./task').Task} task
   * @param {number} handler
   * @param {number} flags
   */
  publishTicket (task, handler, flags) {
    this.publish(this.tail + HEADER, task, handler, flags);
  }

  /**
   * Encodes a value into the scratch record.
   *
   * @param {unknown} value
   * @returns {number} the end, or -1: the value is for the port
   */
  writeScratch (value) {
    return encode(value, this.scratch, HEADER, HEADER + PAYLOAD_MAX);
  }

  /**
   * Completes the scratch record.
   *
   * @param {number} end
   * @param {import('./task').Task} task
   * @param {number} handler
   * @param {number} flags
   */
  sealScratch (end, task, handler, flags) {
    writeHeader(this.scratchInt32, this.scratchFloat64, 0, end, task, handler, flags, this.created);
  }
}

module.exports = { SubmissionBuffer };
