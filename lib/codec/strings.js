'use strict';

const { Buffer, uncurryThis } = require('../host');
const { writeVarint } = require('./numbers.js');

const utf8Length = Buffer.byteLength;
const latin1Write = uncurryThis(Buffer.prototype.latin1Write);
const ucs2Write = uncurryThis(Buffer.prototype.ucs2Write);

const MAX_VARINT = 5;

/** Text that is not latin1 mostly shows it within so many units. */
const PROBE = 16;

/**
 * @param {string} string
 * @param {number} from
 * @param {number} to
 * @returns {boolean}
 */
function isLatin1 (string, from, to) {
  for (let i = from; i < to; i++) if (string.charCodeAt(i) > 0xff) return false;
  return true;
}

/**
 * Writes a string that is too long for a loop, or has units above 0xff.
 *
 * @param {Uint8Array} out
 * @param {number} lim
 * @param {string} string
 * @param {number} pos
 * @param {number} latin1Tag
 * @param {number} twoByteTag
 * @returns {number} the end, or -1 where it does not fit
 */
function writeLongString (out, lim, string, pos, latin1Tag, twoByteTag) {
  const length = string.length;
  if (length > lim - pos) return -1;
  const probed = Math.min(PROBE, length);
  // The native count of UTF-8 bytes finds ASCII faster than a loop.
  const latin1 = isLatin1(string, 0, probed) &&
    (utf8Length(string) === length || isLatin1(string, probed, length));
  const size = latin1 ? length : 2 * length;
  if (1 + MAX_VARINT + size > lim - pos) return -1;
  out[pos] = latin1 ? latin1Tag : twoByteTag;
  pos = writeVarint(out, length, pos + 1);
  if (latin1) latin1Write(out, string, pos, size);
  else ucs2Write(out, string, pos, size);
  return pos + size;
}

module.exports = { writeLongString, latin1Write };
