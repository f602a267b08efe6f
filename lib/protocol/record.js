'use strict';

const { record } = require('./tables');

// In words of 32 bits. Handler and priority share one, flags and length of the extension as well.
const SIZE = record.SIZE >> 2;
const INDEX = record.INDEX >> 2;
const SEQ_LOW = record.SEQ_LOW >> 2;
const SEQ_HIGH = record.SEQ_HIGH >> 2;
const HANDLER = record.HANDLER >> 2;
const FLAGS = record.FLAGS >> 2;
const { CREATED } = record;

/**
 * Writes the header of a record without priority and extension.
 *
 * @param {Int32Array} int32
 * @param {Float64Array} float64 on the same memory
 * @param {number} at where the record starts
 * @param {number} size
 * @param {{ index: number, seqLow: number, seqHigh: number }} task
 * @param {number} handler
 * @param {number} flags
 * @param {number} created `performance.now()` of its `run()`
 */
function writeHeader (int32, float64, at, size, task, handler, flags, created) {
  const word = at >> 2;
  int32[word + SIZE] = size;
  int32[word + INDEX] = task.index;
  int32[word + SEQ_LOW] = task.seqLow;
  int32[word + SEQ_HIGH] = task.seqHigh;
  int32[word + HANDLER] = handler;
  int32[word + FLAGS] = flags;
  float64[(at + CREATED) >> 3] = created;
}

/** @typedef {{ index: number, seq: number, flags: number, bytes: Uint8Array, payload: number }} Record */

/**
 * Reads records that lie end to end, each padded.
 *
 * @param {Uint8Array} records
 * @returns {Generator<Record>} `payload` is where it starts in `bytes`
 */
function * readRecords (records) {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  for (let at = 0; at < records.length;) {
    const size = view.getUint32(at + record.SIZE, true);
    yield {
      index: view.getUint32(at + record.INDEX, true),
      seq: seqOf(view.getUint32(at + record.SEQ_LOW, true), view.getUint32(at + record.SEQ_HIGH, true)),
      flags: view.getUint16(at + record.FLAGS, true),
      bytes: records.subarray(at, at + size),
      payload: record.HEADER + view.getUint16(at + record.EXTENSION, true)
    };
    at = alignUp(at + size);
  }
}

/**
 * A sequence number of its two halves. They are kept apart where tasks are many: as integers of 32 bits V8 keeps them in
 * their object, and any other number beside it.
 *
 * @param {number} low
 * @param {number} high
 */
function seqOf (low, high) {
  return high * 2 ** 32 + (low >>> 0);
}

/** @param {number} end of a record @returns {number} where the next one starts */
function alignUp (end) {
  return (end + 7) & ~7;
}

module.exports = { alignUp, readRecords, seqOf, writeHeader };
