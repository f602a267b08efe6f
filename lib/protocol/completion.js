'use strict';

const { completion } = require('./tables');

// In words of 32 bits, the times in words of 64. The kind shares its word with the slot.
const SIZE = completion.SIZE >> 2;
const INDEX = completion.INDEX >> 2;
const SEQ_LOW = completion.SEQ_LOW >> 2;
const SEQ_HIGH = completion.SEQ_HIGH >> 2;
const KIND = completion.KIND >> 2;
const { WAIT, RUN } = completion;

// The header of the note that starts at `at`. Each of these is small enough to be inlined, and makes nothing.

/** @param {Int32Array} int32 @param {number} at */
const sizeAt = (int32, at) => int32[(at >> 2) + SIZE];

/** @param {Int32Array} int32 @param {number} at */
const indexAt = (int32, at) => int32[(at >> 2) + INDEX];

/** @param {Int32Array} int32 @param {number} at @returns {number} lower half of the sequence number */
const seqLowAt = (int32, at) => int32[(at >> 2) + SEQ_LOW];

/** @param {Int32Array} int32 @param {number} at @returns {number} upper half of the sequence number */
const seqHighAt = (int32, at) => int32[(at >> 2) + SEQ_HIGH];

/** @param {Int32Array} int32 @param {number} at @returns {number} one of `completions` */
const kindAt = (int32, at) => int32[(at >> 2) + KIND] & 0xff;

/** @param {Int32Array} int32 @param {number} at */
const slotAt = (int32, at) => int32[(at >> 2) + KIND] >>> 16;

/** @param {Float64Array} float64 @param {number} at @returns {number} milliseconds, NaN where nobody looked */
const waitAt = (float64, at) => float64[(at + WAIT) >> 3];

/** @param {Float64Array} float64 @param {number} at @returns {number} milliseconds, NaN where nobody looked */
const runAt = (float64, at) => float64[(at + RUN) >> 3];

module.exports = { sizeAt, indexAt, seqLowAt, seqHighAt, kindAt, slotAt, waitAt, runAt };
