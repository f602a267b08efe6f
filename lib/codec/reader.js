'use strict';

const {
  UNDEFINED, NULL, TRUE, FALSE, INT, DOUBLE, LATIN1, TWO_BYTE, BIGINT_64, BIGINT, SMALL_INT,
  SHORT_LATIN1, KEY_MAX_LATIN1, KEY_EMPTY, KEY_LATIN1, KEY_TWO_BYTE
} = require('./tags.js');
const { Buffer, uncurryThis } = require('../host');
const { SLOTS, WIDTH, StringCache } = require('./string-cache.js');

const latin1Slice = uncurryThis(Buffer.prototype.latin1Slice);
const ucs2Slice = uncurryThis(Buffer.prototype.ucs2Slice);

const repeated = new StringCache();

/** V8 copies strings of up to this many units out of others. A longer one would keep the text that it is a part of. */
const LONGEST_COPY = 12;

/** Bytes of a stretch whose text is taken at once. */
const SHORTEST_STRETCH = 256;
const LONGEST_STRETCH = 32_768;

/** The slot of the string that came after a slot's. */
const following = new Uint16Array(SLOTS);
let latest = 0;

const scratch = new ArrayBuffer(8);
const scratchF64 = new Float64Array(scratch);
const scratchI64 = new BigInt64Array(scratch);
const scratchBytes = new Uint8Array(scratch);

/** A cursor over a message that trusts nothing: it never leaves its range. */
class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} pos
   * @param {number} end
   */
  constructor (bytes, pos, end) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
    /** The latin1 text of a stretch of the bytes, which begins at `textStart`. */
    this.text = '';
    this.textStart = 0;
    this.textEnd = 0;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} pos
   * @param {number} end
   */
  start (bytes, pos, end) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
    if (this.textEnd !== 0) {
      this.text = '';
      this.textEnd = 0;
    }
  }

  /**
   * @param {string} what
   * @returns {Error & { code: string }}
   */
  corrupt (what) {
    const error = new Error(`The message is corrupt at byte ${this.pos}: ${what}`);
    return Object.assign(error, { code: 'ERR_ROCKPOOL_CORRUPT_MESSAGE' });
  }

  /** @returns {number} the byte at the cursor, or -1 at the end */
  peek () {
    return this.pos < this.end ? this.bytes[this.pos] : -1;
  }

  /** @returns {number} */
  byte () {
    if (this.pos >= this.end) throw this.corrupt('it ends too early');
    return this.bytes[this.pos++];
  }

  /**
   * @param {number} count
   * @returns {number} the offset of the bytes passed over
   */
  skip (count) {
    const start = this.pos;
    if (count > this.end - start) throw this.corrupt('it ends too early');
    this.pos = start + count;
    return start;
  }

  /**
   * @param {number} count of values that are to follow, each a byte at least
   */
  expect (count) {
    if (count > this.end - this.pos) throw this.corrupt('it ends too early');
  }

  /** @returns {number} */
  varint () {
    const first = this.byte();
    if (first < 128) return first;
    const second = this.byte();
    if (second < 128) return (first & 127) | (second << 7);
    let value = (first & 127) | ((second & 127) << 7);
    for (let shift = 14; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw this.corrupt('a number is too long');
  }

  /** Moves 8 bytes to where they can be read as a number. */
  toScratch () {
    const start = this.skip(8);
    for (let i = 0; i < 8; i++) scratchBytes[i] = this.bytes[start + i];
  }

  /** @returns {number} */
  double () {
    this.toScratch();
    return scratchF64[0];
  }

  /**
   * @param {number} length
   * @returns {string}
   */
  latin1 (length) {
    const start = this.skip(length);
    return length === 0 ? '' : this.slice(start);
  }

  /**
   * @param {number} start
   * @returns {string} the latin1 bytes from there to the cursor
   */
  slice (start) {
    const { pos } = this;
    if (pos - start > LONGEST_COPY || this.end - start < SHORTEST_STRETCH) return latin1Slice(this.bytes, start, pos);
    if (start < this.textStart || pos > this.textEnd) this.readStretch(start);
    return this.text.substring(start - this.textStart, pos - this.textStart);
  }

  /**
   * Takes the text of a stretch that begins here: to cut short strings out of it costs a fraction of asking V8 for each.
   * Where they follow one another, the stretches become longer.
   *
   * @param {number} start
   */
  readStretch (start) {
    const { textStart, textEnd } = this;
    const isNear = textEnd !== 0 && start >= textStart && start - textEnd < SHORTEST_STRETCH;
    const length = isNear ? Math.min(2 * (textEnd - textStart), LONGEST_STRETCH) : SHORTEST_STRETCH;
    this.textStart = start;
    this.textEnd = Math.min(start + length, this.end);
    this.text = latin1Slice(this.bytes, start, this.textEnd);
  }

  /**
   * As `latin1`, for a string that may well have come before.
   *
   * @param {number} length
   * @returns {string}
   */
  shortLatin1 (length) {
    if (length > WIDTH || length === 0) return this.latin1(length);
    const start = this.skip(length);
    latest = repeated.findAfter(following, latest, this.bytes, start, length);
    return latest === 0 ? this.slice(start) : repeated.strings[latest];
  }

  /** @returns {string} */
  twoByte () {
    const start = this.skip(2 * this.varint());
    return ucs2Slice(this.bytes, start, this.pos);
  }

  /** @returns {bigint} */
  bigint () {
    const negative = this.byte();
    const digits = this.latin1(this.varint());
    if (negative > 1 || !/^[0-9a-f]+$/.test(digits)) throw this.corrupt('malformed bigint');
    const magnitude = BigInt(`0x${digits}`);
    return negative === 1 ? -magnitude : magnitude;
  }

  /**
   * @param {number} first its first byte; not KEY_END
   * @returns {string}
   */
  key (first) {
    if (first <= KEY_MAX_LATIN1) return this.latin1(first);
    switch (first) {
      case KEY_EMPTY: return '';
      case KEY_LATIN1: return this.latin1(this.varint());
      case KEY_TWO_BYTE: return this.twoByte();
      default: throw this.corrupt(`unknown key tag ${first}`);
    }
  }

  /**
   * @param {number} tag
   * @returns {unknown} any value that is no object
   */
  primitive (tag) {
    if (tag >= SHORT_LATIN1) return this.shortLatin1(tag - SHORT_LATIN1);
    if (tag >= SMALL_INT) return tag - SMALL_INT;
    switch (tag) {
      case INT: {
        const zigzag = this.varint();
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
      case DOUBLE: return this.double();
      case TRUE: return true;
      case FALSE: return false;
      case NULL: return null;
      case UNDEFINED: return undefined;
      case LATIN1: return this.latin1(this.varint());
      case TWO_BYTE: return this.twoByte();
      case BIGINT_64:
        this.toScratch();
        return scratchI64[0];
      case BIGINT: return this.bigint();
      default: throw this.corrupt(`unknown tag ${tag}`);
    }
  }
}

module.exports = { Reader };
