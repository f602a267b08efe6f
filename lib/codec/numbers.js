'use strict';

const { INT, DOUBLE, BIGINT_64, SMALL_INT } = require('./tags.js');

// The callers have made sure that there is room.

const scratch = new ArrayBuffer(8);
const scratchF64 = new Float64Array(scratch);
const scratchI64 = new BigInt64Array(scratch);
const scratchBytes = new Uint8Array(scratch);

/**
 * @param {Uint8Array} out
 * @param {number} value unsigned, below 2 ** 32
 * @param {number} pos
 * @returns {number} the end
 */
function writeVarint (out, value, pos) {
  while (value > 127) {
    out[pos++] = (value & 127) | 128;
    value >>>= 7;
  }
  out[pos++] = value;
  return pos;
}

/**
 * @param {Uint8Array} out
 * @param {number} pos
 * @returns {number} the end
 */
function writeScratch (out, pos) {
  // Not a loop, which takes three times as long.
  out[pos] = scratchBytes[0];
  out[pos + 1] = scratchBytes[1];
  out[pos + 2] = scratchBytes[2];
  out[pos + 3] = scratchBytes[3];
  out[pos + 4] = scratchBytes[4];
  out[pos + 5] = scratchBytes[5];
  out[pos + 6] = scratchBytes[6];
  out[pos + 7] = scratchBytes[7];
  return pos + 8;
}

/**
 * @param {Uint8Array} out
 * @param {number} value
 * @param {number} pos
 * @returns {number} the end
 */
function writeDouble (out, value, pos) {
  scratchF64[0] = value;
  return writeScratch(out, pos);
}

/**
 * @param {Uint8Array} out
 * @param {number} value
 * @param {number} pos
 * @returns {number} the end
 */
function writeNumber (out, value, pos) {
  const int = value | 0;
  if (int === value && (int !== 0 || 1 / value > 0)) {
    if (int >= 0 && int < 64) {
      out[pos] = SMALL_INT + int;
      return pos + 1;
    }
    out[pos] = INT;
    return writeVarint(out, ((int << 1) ^ (int >> 31)) >>> 0, pos + 1);
  }
  out[pos] = DOUBLE;
  return writeDouble(out, value, pos + 1);
}

/**
 * @param {Uint8Array} out
 * @param {bigint} value
 * @param {number} pos
 * @returns {number} the end, or -1 where the value has more than 64 bits
 */
function writeInt64 (out, value, pos) {
  scratchI64[0] = value;
  if (scratchI64[0] !== value) return -1;
  out[pos] = BIGINT_64;
  return writeScratch(out, pos + 1);
}

module.exports = { writeVarint, writeNumber, writeDouble, writeInt64 };
