'use strict';

/**
 * The wire format, shared by encode.js and decode.js. Both ends live in one
 * process and one version, so it is free to change; nothing stores it.
 *
 *   value    = one tag byte, then what the tag needs
 *   varint   = little-endian groups of 7 bits, high bit = more follows
 *   object   = OBJECT, (key, value)*, KEY_END
 *   key      = length byte 1..KEY_MAX_LATIN1 and as many latin1 bytes, or one
 *              of the KEY_ tags
 *
 * Tags from SMALL_INT on carry their operand in the byte itself.
 */
module.exports = {
  UNDEFINED: 1,
  NULL: 2,
  TRUE: 3,
  FALSE: 4,
  INT: 5, // zigzag varint of an int32
  DOUBLE: 6, // 8 bytes, platform order
  LATIN1: 7, // varint length, bytes
  TWO_BYTE: 8, // varint length in UTF-16 units, 2 bytes each, little-endian
  OBJECT: 9,
  ARRAY: 10, // varint length, values or HOLEs
  HOLE: 11, // an array index that has no property
  REF: 12, // varint: the n-th object of this message, counted from 0
  DATE: 13, // 8 bytes: time value
  BIGINT_64: 14, // 8 bytes: int64
  BIGINT: 15, // sign byte, varint length, hexadecimal digits
  MAP: 16, // varint size, key and value of each entry
  SET: 17, // varint size, values
  ARRAY_BUFFER: 18, // varint length, from ALIGN_FROM on a byte with the number of unused bytes behind it and those, bytes
  TYPED_ARRAY: 19, // kind byte, varint byteOffset, varint length, its buffer as a value
  DATA_VIEW: 20, // varint byteOffset, varint byteLength, its buffer as a value

  SMALL_INT: 64, // 64..127: the ints 0..63
  SHORT_LATIN1: 128, // 128..255: latin1 strings of 0..127 units

  KEY_END: 0,
  KEY_MAX_LATIN1: 250,
  KEY_EMPTY: 251,
  KEY_LATIN1: 252, // as LATIN1
  KEY_TWO_BYTE: 253, // as TWO_BYTE

  /**
   * Values nested deeper than this take the port lane: structured clone's own
   * stack check decides there. The decoder refuses deeper input, so that
   * corrupt bytes cannot overflow its stack.
   */
  MAX_DEPTH: 256,

  /**
   * Contents of so many bytes are written to an address that is a multiple of ALIGNMENT. A copy to an address a few bytes
   * above a multiple of 4,096 from memory that begins at one, as large memory does, takes up to 14 times as long
   * (measured: 286 in place of 21 µs for 1 MB, EPYC).
   */
  ALIGN_FROM: 16_384,
  ALIGNMENT: 64,

  /** Index in this list = kind byte of TYPED_ARRAY. */
  TYPED_ARRAY_NAMES: [
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array'
  ]
};
