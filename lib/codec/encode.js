'use strict';

const { types } = require('node:util');
const {
  UNDEFINED, NULL, TRUE, FALSE, INT, DOUBLE, LATIN1, TWO_BYTE, OBJECT, ARRAY, HOLE, REF, DATE,
  BIGINT_64, BIGINT, MAP, SET, ARRAY_BUFFER, TYPED_ARRAY, DATA_VIEW, SMALL_INT, SHORT_LATIN1,
  KEY_END, KEY_MAX_LATIN1, KEY_EMPTY, KEY_LATIN1, KEY_TWO_BYTE, MAX_DEPTH, TYPED_ARRAY_NAMES,
} = require('./tags.js');
const {
  uncurryThis, hasOwn, getPrototypeOf, keys, isArray, isView, dateGetTime, mapSize, mapForEach,
  setSize, setForEach, arrayBufferByteLength, arrayBufferResizable, typedArrayName,
  typedArrayBuffer, typedArrayByteOffset, typedArrayLength, typedArraySet, dataViewBuffer,
  dataViewByteOffset, dataViewByteLength,
} = require('./primordials.js');
const { substitute } = require('./substitute.js');

const { isProxy, isArrayBuffer, isArgumentsObject, isModuleNamespaceObject } = types;

/** @type {(value: unknown) => boolean} */
const isRawJSON = /** @type {any} */ (JSON).isRawJSON ?? (() => false); // Node 22 has it

const ObjectPrototype = Object.prototype;
const DatePrototype = Date.prototype;
const MapPrototype = Map.prototype;
const SetPrototype = Set.prototype;

const utf8Length = Buffer.byteLength;
const latin1Write = uncurryThis(Buffer.prototype.latin1Write);
const ucs2Write = uncurryThis(Buffer.prototype.ucs2Write);

/** Strings up to this many units are copied by a loop: a native call costs more. */
const LOOP_UNITS = 48;

/** Up to this many objects a linear search beats a Map. */
const SEEN_LINEAR = 16;

const MAX_VARINT = 5;

/** The largest fixed part of any value: a tag and 8 bytes, or a tag and two varints. */
const SLACK = 12;

const scratch = new ArrayBuffer(8);
const scratchF64 = new Float64Array(scratch);
const scratchI64 = new BigInt64Array(scratch);
const scratchBytes = new Uint8Array(scratch);

const NO_BYTES = new Uint8Array(0);

/** @type {Map<string, number>} */
const kindOfTypedArray = new Map(TYPED_ARRAY_NAMES.map((name, kind) => [name, kind]));

// The state of the one encode that runs. It stands in the module rather than
// in an object, because a call per task should not allocate. A getter of the
// value may call run() and so come here again: `busy` sends that one to the
// port lane, which also keeps it from writing over the half-written bytes.
let busy = false;
/** @type {Uint8Array<ArrayBufferLike>} */
let out = NO_BYTES;
let lim = 0;

/** @type {any[]} Objects in the order of their first sight: index = REF number. */
const seen = new Array(SEEN_LINEAR).fill(undefined);
let seenCount = 0;
/** @type {Map<any, number> | undefined} The same once there are more than SEEN_LINEAR. */
let seenMap;

let failedAt = -1;
/** @type {unknown} */
let failedValue;
let failedInValue = false;

/** @type {{ original: unknown, value: unknown } | undefined} */
let pending;

/**
 * Gives up at a value that was read but not (or not wholly) written.
 *
 * @param {number} pos where its first byte is, or would have been
 * @param {unknown} value
 * @returns {-1}
 */
function refuse(pos, value) {
  failedAt = pos;
  failedValue = value;
  failedInValue = true;
  return -1;
}

/**
 * Gives up between two values.
 *
 * @param {number} pos
 * @returns {-1}
 */
function refuseHere(pos) {
  failedAt = pos;
  failedInValue = false;
  return -1;
}

/**
 * @param {number} value unsigned, below 2 ** 32
 * @param {number} pos
 * @returns {number} the end
 */
function writeVarint(value, pos) {
  while (value > 127) {
    out[pos++] = (value & 127) | 128;
    value >>>= 7;
  }
  out[pos++] = value;
  return pos;
}

/**
 * @param {number} pos
 * @returns {number} the end
 */
function writeScratch(pos) {
  for (let i = 0; i < 8; i++) out[pos + i] = scratchBytes[i];
  return pos + 8;
}

/**
 * The bytes of a string longer than any inline tag holds, or of any string
 * with units above 0xff.
 *
 * @param {string} string
 * @param {number} pos
 * @param {number} latin1Tag
 * @param {number} twoByteTag
 * @returns {number} the end, or -1 where it does not fit (nothing is recorded then)
 */
function writeLongString(string, pos, latin1Tag, twoByteTag) {
  const length = string.length;
  if (length > lim - pos) return -1;
  let latin1 = utf8Length(string) === length; // ASCII, counted natively
  if (!latin1) {
    latin1 = true;
    for (let i = 0; i < length; i++) {
      if (string.charCodeAt(i) > 0xff) {
        latin1 = false;
        break;
      }
    }
  }
  const size = latin1 ? length : 2 * length;
  if (1 + MAX_VARINT + size > lim - pos) return -1;
  out[pos] = latin1 ? latin1Tag : twoByteTag;
  pos = writeVarint(length, pos + 1);
  if (latin1) latin1Write(out, string, pos, size);
  else ucs2Write(out, string, pos, size);
  return pos + size;
}

/**
 * @param {string} string
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeString(string, pos) {
  const length = string.length;
  if (length <= LOOP_UNITS) {
    if (pos + 1 + length > lim) return refuse(pos, string);
    let i = 0;
    for (; i < length; i++) {
      const unit = string.charCodeAt(i);
      if (unit > 0xff) break;
      out[pos + 1 + i] = unit;
    }
    if (i === length) {
      out[pos] = SHORT_LATIN1 + length;
      return pos + 1 + length;
    }
  }
  const end = writeLongString(string, pos, LATIN1, TWO_BYTE);
  return end === -1 ? refuse(pos, string) : end;
}

/**
 * @param {string} key
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeKey(key, pos) {
  const length = key.length;
  if (length <= LOOP_UNITS) {
    if (pos + 1 + length > lim) return refuseHere(pos);
    if (length === 0) {
      out[pos] = KEY_EMPTY;
      return pos + 1;
    }
    let i = 0;
    for (; i < length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0xff) break;
      out[pos + 1 + i] = unit;
    }
    if (i === length) {
      out[pos] = length;
      return pos + 1 + length;
    }
  }
  const end = writeLongString(key, pos, KEY_LATIN1, KEY_TWO_BYTE);
  return end === -1 ? refuseHere(pos) : end;
}

/**
 * @param {number} value
 * @param {number} pos
 * @returns {number} the end
 */
function writeNumber(value, pos) {
  const int = value | 0;
  if (int === value && (int !== 0 || 1 / value > 0)) {
    if (int >= 0 && int < 64) {
      out[pos] = SMALL_INT + int;
      return pos + 1;
    }
    out[pos] = INT;
    return writeVarint(((int << 1) ^ (int >> 31)) >>> 0, pos + 1);
  }
  out[pos] = DOUBLE;
  scratchF64[0] = value;
  return writeScratch(pos + 1);
}

/**
 * @param {bigint} value
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeBigInt(value, pos) {
  scratchI64[0] = value;
  if (scratchI64[0] === value) {
    out[pos] = BIGINT_64;
    return writeScratch(pos + 1);
  }
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(16);
  const length = digits.length;
  if (SLACK + length > lim - pos) return refuse(pos, value);
  out[pos] = BIGINT;
  out[pos + 1] = negative ? 1 : 0;
  pos = writeVarint(length, pos + 2);
  latin1Write(out, digits, pos, length);
  return pos + length;
}

/**
 * @param {unknown} value
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeValue(value, pos, depth) {
  if (pos + SLACK > lim) return refuse(pos, value);
  switch (typeof value) {
    case 'number':
      return writeNumber(value, pos);
    case 'string':
      return writeString(value, pos);
    case 'object':
      if (value !== null) return writeObject(value, pos, depth);
      out[pos] = NULL;
      return pos + 1;
    case 'boolean':
      out[pos] = value ? TRUE : FALSE;
      return pos + 1;
    case 'undefined':
      out[pos] = UNDEFINED;
      return pos + 1;
    case 'bigint':
      return writeBigInt(value, pos);
    default:
      return refuse(pos, value);
  }
}

/**
 * @param {object} object
 * @returns {number} its REF number, or -1 when it was met (and numbered) for the first time
 */
function numberOf(object) {
  if (seenMap === undefined) {
    for (let i = 0; i < seenCount; i++) if (seen[i] === object) return i;
    if (seenCount < SEEN_LINEAR) {
      seen[seenCount++] = object;
      return -1;
    }
    seenMap = new Map();
    for (let i = 0; i < seenCount; i++) seenMap.set(seen[i], i);
  }
  const number = seenMap.get(object);
  if (number !== undefined) return number;
  seenMap.set(object, seenCount++);
  return -1;
}

/**
 * @param {object} object
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeObject(object, pos, depth) {
  const number = numberOf(object);
  if (number !== -1) {
    out[pos] = REF;
    return writeVarint(number, pos + 1);
  }
  // Before anything that a proxy's traps could notice.
  if (isProxy(object) || depth === MAX_DEPTH) return refuse(pos, object);
  if (isView(object)) return writeView(object, pos, depth);
  if (isArray(object)) return writeArray(object, pos, depth);
  const prototype = getPrototypeOf(object);
  if (prototype === ObjectPrototype || prototype === null) {
    return writePlain(object, prototype, pos, depth);
  };
  if (prototype === DatePrototype) return writeDate(object, pos);
  if (prototype === MapPrototype) return writeMap(object, pos, depth);
  if (prototype === SetPrototype) return writeSet(object, pos, depth);
  if (isArrayBuffer(object)) return writeArrayBuffer(/** @type {ArrayBuffer} */ (object), pos);
  return refuse(pos, object);
}

/**
 * @param {object} object
 * @returns {boolean} whether something other than properties makes it up: such objects
 *   can have the prototype of a plain one (arguments objects do, others are made so by
 *   setPrototypeOf), and mostly have no enumerable property
 */
function isExotic(object) {
  return types.isArgumentsObject(object) || types.isMap(object) || types.isSet(object) ||
    types.isDate(object) || types.isRegExp(object) || types.isNativeError(object) ||
    types.isBoxedPrimitive(object) || types.isAnyArrayBuffer(object) || types.isPromise(object) ||
    types.isWeakMap(object) || types.isWeakSet(object) || types.isMapIterator(object) ||
    types.isSetIterator(object) || types.isGeneratorObject(object) ||
    types.isExternal(object) || isView(object);
}

/**
 * @param {object} object
 * @param {object | null} prototype Object.prototype or null
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writePlain(object, prototype, pos, depth) {
  if (isArgumentsObject(object)) return refuse(pos, object);
  if (prototype === null && (isModuleNamespaceObject(object) || isRawJSON(object))) {
    return refuse(pos, object);
  }
  const start = pos;
  out[pos++] = OBJECT;
  for (const key in object) {
    // An inherited enumerable property: somebody extended Object.prototype.
    // An own one that a getter has deleted meanwhile is left out as well.
    if (!hasOwn(object, key)) continue;
    pos = writeKey(key, pos);
    if (pos === -1) return -1;
    pos = writeValue(/** @type {any} */ (object)[key], pos, depth + 1);
    if (pos === -1) return -1;
  }
  if (pos === start + 1 && isExotic(object)) return refuse(start, object);
  if (pos === lim) return refuseHere(pos);
  out[pos] = KEY_END;
  return pos + 1;
}

/**
 * @param {unknown[]} array
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeArray(array, pos, depth) {
  const length = array.length;
  if (SLACK + length > lim - pos) return refuse(pos, array);
  // Keys are sorted: indices first. So the last one tells whether there is a
  // named property, and their number whether there is a hole.
  const names = keys(array);
  const count = names.length;
  if (count > 0) {
    const last = names[count - 1];
    if (String(Number(last) >>> 0) !== last || Number(last) >= length) return refuse(pos, array);
  }
  out[pos] = ARRAY;
  pos = writeVarint(length, pos + 1);
  for (let i = 0, next = 0; i < length; i++) {
    if (count !== length) {
      if (next === count || Number(names[next]) !== i) {
        if (pos === lim) return refuseHere(pos);
        out[pos++] = HOLE;
        continue;
      }
      next++;
    }
    const value = array[i];
    // A getter has removed the element meanwhile.
    if (value === undefined && !hasOwn(array, i)) {
      if (pos === lim) return refuseHere(pos);
      out[pos++] = HOLE;
      continue;
    }
    pos = writeValue(value, pos, depth + 1);
    if (pos === -1) return -1;
  }
  return pos;
}

/**
 * @param {object} object its prototype is Date.prototype
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeDate(object, pos) {
  try {
    scratchF64[0] = dateGetTime(object);
  } catch {
    return refuse(pos, object); // Object.create(Date.prototype)
  }
  out[pos] = DATE;
  return writeScratch(pos + 1);
}

/**
 * @param {object} object its prototype is Map.prototype
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeMap(object, pos, depth) {
  if (!types.isMap(object)) return refuse(pos, object);
  const size = mapSize(object);
  if (SLACK + 2 * size > lim - pos) return refuse(pos, object);
  // All entries are taken before the first is written, as structured clone
  // does: a getter inside one of them can change the map.
  /** @type {unknown[]} */
  const entries = [];
  mapForEach(object, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
    entries.push(key, value);
  });
  out[pos] = MAP;
  return writeEntries(entries, size, pos + 1, depth);
}

/**
 * @param {object} object its prototype is Set.prototype
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeSet(object, pos, depth) {
  if (!types.isSet(object)) return refuse(pos, object);
  const size = setSize(object);
  if (SLACK + size > lim - pos) return refuse(pos, object);
  /** @type {unknown[]} */
  const entries = [];
  setForEach(object, (/** @type {unknown} */ value) => {
    entries.push(value);
  });
  out[pos] = SET;
  return writeEntries(entries, size, pos + 1, depth);
}

/**
 * @param {unknown[]} entries
 * @param {number} size
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeEntries(entries, size, pos, depth) {
  pos = writeVarint(size, pos);
  for (let i = 0; i < entries.length; i++) {
    pos = writeValue(entries[i], pos, depth + 1);
    if (pos === -1) return -1;
  }
  return pos;
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeArrayBuffer(buffer, pos) {
  const length = arrayBufferByteLength(buffer);
  // A detached one has length 0 too, and cannot be cloned.
  if (length === 0 || SLACK + length > lim - pos) return refuse(pos, buffer);
  if (arrayBufferResizable !== undefined && arrayBufferResizable(buffer)) return refuse(pos, buffer);
  out[pos] = ARRAY_BUFFER;
  pos = writeVarint(length, pos + 1);
  typedArraySet(out, new Uint8Array(buffer), pos);
  return pos + length;
}

/**
 * The whole ArrayBuffer goes with a view, as in a structured clone: the
 * receiver sees byteOffset and buffer, and two views of one buffer share it.
 *
 * @param {object} view
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeView(view, pos, depth) {
  const name = typedArrayName(view);
  const buffer = name === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);
  if (!isArrayBuffer(buffer)) return refuse(pos, view);
  const start = pos;
  if (name === undefined) {
    // A view that is out of bounds throws; only resizable or detached buffers have such.
    if (arrayBufferByteLength(buffer) === 0) return refuse(pos, view);
    if (arrayBufferResizable !== undefined && arrayBufferResizable(buffer)) return refuse(pos, view);
    out[pos] = DATA_VIEW;
    pos = writeVarint(dataViewByteOffset(view), pos + 1);
    pos = writeVarint(dataViewByteLength(view), pos);
  } else {
    const kind = kindOfTypedArray.get(name);
    if (kind === undefined) return refuse(pos, view);
    out[pos] = TYPED_ARRAY;
    out[pos + 1] = kind;
    pos = writeVarint(typedArrayByteOffset(view), pos + 2);
    pos = writeVarint(typedArrayLength(view), pos);
  }
  pos = writeValue(buffer, pos, depth);
  return pos === -1 ? refuse(start, view) : pos;
}

/** Lets go of the user's objects. */
function reset() {
  for (let i = 0; i < seenCount && i < SEEN_LINEAR; i++) seen[i] = undefined;
  seenCount = 0;
  seenMap = undefined;
  out = NO_BYTES;
  failedValue = undefined;
  busy = false;
}

/**
 * Writes a value to `bytes[offset..limit)`, so that `decode` gives exactly what
 * `structuredClone(value)` gives.
 *
 * Getters of the value run, once each. What a getter throws is thrown from here.
 *
 * @param {unknown} value
 * @param {Uint8Array} bytes over an ArrayBuffer or a SharedArrayBuffer
 * @param {number} offset
 * @param {number} limit
 * @returns {number} the end offset, or -1: the value does not fit or is not the codec's. Then
 *   `takeSubstitute(value)` is what has to be posted instead
 */
function encode(value, bytes, offset, limit) {
  pending = undefined;
  if (busy) return -1;
  busy = true;
  out = bytes;
  lim = limit;
  try {
    const end = writeValue(value, offset, 0);
    if (end === -1 && seenCount > 0) {
      const objects = seenMap === undefined ? seen.slice(0, seenCount) : [...seenMap.keys()];
      const failure = { at: failedAt, inValue: failedInValue, value: failedValue };
      const replacement = substitute(value, bytes, offset, objects, failure);
      if (replacement !== value) pending = { original: value, value: replacement };
    }
    return end;
  } finally {
    reset();
  }
}

/**
 * To be called once after `encode` has returned -1.
 *
 * The encoder may have run getters before it gave up. Posting the original
 * would run them again, so there is a stand-in in which they are values already.
 *
 * @template T
 * @param {T} original what `encode` was given
 * @returns {T} what has to be cloned in its place; mostly the original itself
 */
function takeSubstitute(original) {
  const taken = pending;
  pending = undefined;
  return taken !== undefined && taken.original === original ? /** @type {T} */ (taken.value) : original;
}

module.exports = { encode, takeSubstitute };
