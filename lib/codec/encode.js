'use strict';

const { types } = require('node:util');
const {
  UNDEFINED, NULL, TRUE, FALSE, LATIN1, TWO_BYTE, OBJECT, ARRAY, HOLE, REF, DATE, BIGINT, MAP, SET,
  ARRAY_BUFFER, TYPED_ARRAY, DATA_VIEW, SHORT_LATIN1, KEY_END, KEY_EMPTY, KEY_LATIN1, KEY_TWO_BYTE,
  MAX_DEPTH, ALIGN_FROM, ALIGNMENT, TYPED_ARRAY_NAMES
} = require('./tags.js');
const {
  hasOwn, getPrototypeOf, keys, isArray, isView, dateGetTime, mapSize, mapForEach,
  setSize, setForEach, arrayBufferByteLength, arrayBufferResizable, typedArrayName,
  typedArrayBuffer, typedArrayByteOffset, typedArrayLength, typedArraySet, dataViewBuffer,
  dataViewByteOffset, dataViewByteLength
} = require('./primordials.js');
const { hasAccessor } = require('./accessors.js');
const { isExotic, isExoticBare } = require('./exotic.js');
const { writeVarint, writeNumber, writeDouble, writeInt64 } = require('./numbers.js');
const { writeLongString, latin1Write } = require('./strings.js');
const { queueMicrotask } = require('../host');

const { isProxy, isArrayBuffer, isArgumentsObject } = types;

const ObjectPrototype = Object.prototype;
const DatePrototype = Date.prototype;
const MapPrototype = Map.prototype;
const SetPrototype = Set.prototype;

/** Strings up to this many units are copied by a loop: a native call costs more. */
const LOOP_UNITS = 48;

/** Up to this many objects a linear search beats a Set. */
const SEEN_LINEAR = 16;

/** After so many elements the size of the whole array is estimated. */
const SAMPLE = 32;

/** The largest fixed part of any value: a tag and 8 bytes, or a tag and two varints. */
const SLACK = 12;

const NO_BYTES = new Uint8Array(0);

/** @type {Map<string, number>} */
const kindOfTypedArray = new Map(TYPED_ARRAY_NAMES.map((name, kind) => [name, kind]));

// The state of the one encode that runs. It stands in the module rather than
// in an object, because a call per task should not allocate. A getter of the
// value may call run() and so come here again: `busy` sends that one to the
// port lane, which also keeps it from writing over the half-written bytes.
let busy = false;
/** Whether Object.prototype has an enumerable property, which for-in would find. */
let extended = false;
/** @type {Uint8Array<ArrayBufferLike>} */
let out = NO_BYTES;
let lim = 0;

/** @type {any[]} Objects in the order of their first sight: index = REF number. */
const seen = new Array(SEEN_LINEAR).fill(undefined);
let seenCount = 0;
/** @type {Set<any> | undefined} The same once there are more than SEEN_LINEAR. */
let seenSet;
/** @type {Map<any, number> | undefined} Their numbers, once one of those many was met again. */
let seenNumbers;
/** @type {Iterator<any> | undefined} Goes through `seenSet`, and stands behind what `seenNumbers` has. */
let unnumbered;

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
function refuse (pos, value) {
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
function refuseHere (pos) {
  failedAt = pos;
  failedInValue = false;
  return -1;
}

/**
 * @param {string} string
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeString (string, pos) {
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
  const end = writeLongString(out, lim, string, pos, LATIN1, TWO_BYTE);
  return end === -1 ? refuse(pos, string) : end;
}

/**
 * @param {string} key
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeKey (key, pos) {
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
  const end = writeLongString(out, lim, key, pos, KEY_LATIN1, KEY_TWO_BYTE);
  return end === -1 ? refuseHere(pos) : end;
}

/**
 * @param {bigint} value
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeBigInt (value, pos) {
  const end = writeInt64(out, value, pos);
  if (end !== -1) return end;
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(16);
  const length = digits.length;
  if (SLACK + length > lim - pos) return refuse(pos, value);
  out[pos] = BIGINT;
  out[pos + 1] = negative ? 1 : 0;
  pos = writeVarint(out, length, pos + 2);
  latin1Write(out, digits, pos, length);
  return pos + length;
}

/**
 * @param {unknown} value
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeValue (value, pos, depth) {
  if (pos + SLACK > lim) return refuse(pos, value);
  // Not a switch: V8 makes a string of the type for that, and compares strings.
  if (typeof value === 'number') return writeNumber(out, value, pos);
  if (typeof value === 'string') return writeString(value, pos);
  if (typeof value === 'object') {
    if (value !== null) return writeObject(value, pos, depth);
    out[pos] = NULL;
    return pos + 1;
  }
  if (typeof value === 'boolean') {
    out[pos] = value ? TRUE : FALSE;
    return pos + 1;
  }
  if (value === undefined) {
    out[pos] = UNDEFINED;
    return pos + 1;
  }
  return typeof value === 'bigint' ? writeBigInt(value, pos) : refuse(pos, value);
}

/**
 * @param {object} object
 * @returns {number} its REF number, or -1 when it was met (and numbered) for the first time
 */
function numberOf (object) {
  if (seenSet === undefined) {
    for (let i = 0; i < seenCount; i++) if (seen[i] === object) return i;
    if (seenCount < SEEN_LINEAR) {
      seen[seenCount++] = object;
      return -1;
    }
    seenSet = new Set(seen);
  }
  // One search in place of two: whether it was there is seen by the size.
  seenSet.add(object);
  if (seenSet.size === seenCount) return numberOfKnown(object, seenSet);
  seenCount++;
  return -1;
}

/**
 * Most values have no object twice, so nobody numbers their objects before one is.
 *
 * @param {object} object
 * @param {Set<any>} objects in the order of their first sight
 * @returns {number}
 */
function numberOfKnown (object, objects) {
  seenNumbers ??= new Map();
  unnumbered ??= objects.values();
  while (seenNumbers.size < objects.size) seenNumbers.set(unnumbered.next().value, seenNumbers.size);
  return /** @type {number} */ (seenNumbers.get(object));
}

/**
 * @param {object} object
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeObject (object, pos, depth) {
  const number = numberOf(object);
  if (number !== -1) {
    out[pos] = REF;
    return writeVarint(out, number, pos + 1);
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
 * @param {object | null} prototype Object.prototype or null
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writePlain (object, prototype, pos, depth) {
  if (isArgumentsObject(object)) return refuse(pos, object);
  if (prototype === null && isExoticBare(object)) return refuse(pos, object);
  const start = pos;
  out[pos++] = OBJECT;
  for (const key in object) {
    if (extended && !hasOwn(object, key)) continue;
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
function writeArray (array, pos, depth) {
  const length = array.length;
  const room = lim - pos;
  if (SLACK + length > room) return refuse(pos, array);
  out[pos] = ARRAY;
  pos = writeVarint(out, length, pos + 1);
  const start = pos;
  let present = 0;
  let last = -1;
  for (let i = 0; i < length; i++) {
    // A long array that will hardly fit is left to the port lane at once.
    if (i === SAMPLE && (pos - start) * (length / SAMPLE) > 1.5 * room) return refuseHere(pos);
    const value = array[i];
    if (value === undefined && !hasOwn(array, i)) {
      if (pos === lim) return refuseHere(pos);
      out[pos++] = HOLE;
      continue;
    }
    present++;
    last = i;
    pos = writeValue(value, pos, depth + 1);
    if (pos === -1) return -1;
  }
  // Keys are sorted, indices first. So their number and the last of them tell
  // of named properties, of elements that are not enumerable or not own, and
  // of what a getter has done to the array meanwhile.
  const names = keys(array);
  if (names.length !== present) return refuseHere(pos);
  if (present > 0 && names[present - 1] !== String(last)) return refuseHere(pos);
  return pos;
}

/**
 * @param {object} object its prototype is Date.prototype
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeDate (object, pos) {
  let time;
  try {
    time = dateGetTime(object);
  } catch {
    return refuse(pos, object); // Object.create(Date.prototype)
  }
  out[pos] = DATE;
  return writeDouble(out, time, pos + 1);
}

/**
 * @param {object} object its prototype is Map.prototype
 * @param {number} pos
 * @param {number} depth
 * @returns {number} the end, or -1
 */
function writeMap (object, pos, depth) {
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
function writeSet (object, pos, depth) {
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
function writeEntries (entries, size, pos, depth) {
  pos = writeVarint(out, size, pos);
  for (let i = 0; i < entries.length; i++) {
    pos = writeValue(entries[i], pos, depth + 1);
    if (pos === -1) return -1;
  }
  return pos;
}

/**
 * Writes how many bytes are passed over, and passes over as many as bring the next one to an aligned address.
 *
 * @param {number} pos
 * @returns {number}
 */
function align (pos) {
  const padding = -(out.byteOffset + pos + 1) & (ALIGNMENT - 1);
  out[pos] = padding;
  return pos + 1 + padding;
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} pos
 * @returns {number} the end, or -1
 */
function writeArrayBuffer (buffer, pos) {
  const length = arrayBufferByteLength(buffer);
  // A detached one has length 0 too, and cannot be cloned.
  if (length === 0 || SLACK + ALIGNMENT + length > lim - pos) return refuse(pos, buffer);
  if (arrayBufferResizable !== undefined && arrayBufferResizable(buffer)) return refuse(pos, buffer);
  out[pos] = ARRAY_BUFFER;
  pos = writeVarint(out, length, pos + 1);
  if (length >= ALIGN_FROM) pos = align(pos);
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
function writeView (view, pos, depth) {
  const name = typedArrayName(view);
  const buffer = name === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);
  if (!isArrayBuffer(buffer)) return refuse(pos, view);
  const start = pos;
  if (name === undefined) {
    // A view that is out of bounds throws; only resizable or detached buffers have such.
    if (arrayBufferByteLength(buffer) === 0) return refuse(pos, view);
    if (arrayBufferResizable !== undefined && arrayBufferResizable(buffer)) return refuse(pos, view);
    out[pos] = DATA_VIEW;
    pos = writeVarint(out, dataViewByteOffset(view), pos + 1);
    pos = writeVarint(out, dataViewByteLength(view), pos);
  } else {
    const kind = kindOfTypedArray.get(name);
    if (kind === undefined) return refuse(pos, view);
    out[pos] = TYPED_ARRAY;
    out[pos + 1] = kind;
    pos = writeVarint(out, typedArrayByteOffset(view), pos + 2);
    pos = writeVarint(out, typedArrayLength(view), pos);
  }
  pos = writeValue(buffer, pos, depth);
  return pos === -1 ? refuse(start, view) : pos;
}

/** Lets go of the user's objects. */
function reset () {
  for (let i = 0; i < seenCount && i < SEEN_LINEAR; i++) seen[i] = undefined;
  seenCount = 0;
  seenSet = undefined;
  seenNumbers = undefined;
  unnumbered = undefined;
  out = NO_BYTES;
  failedValue = undefined;
  busy = false;
}

/**
 * Writes a value to `bytes[offset..limit)`, so that `decode` gives exactly what
 * `structuredClone(value)` gives.
 *
 * Getters of the value run, once each. Their errors are thrown from here.
 *
 * Three things no JavaScript can see at a bearable price, and so they are not
 * as in a structured clone: a plain object or array that `markAsUncloneable`
 * was called with is sent; an object of another kind (a Map, a promise) is sent
 * as a plain one if it has been given the prototype of one and enumerable
 * properties as well; a property that an earlier getter of the same object makes
 * non-enumerable while it is being sent is left out.
 *
 * @param {unknown} value
 * @param {Uint8Array} bytes over an ArrayBuffer or a SharedArrayBuffer
 * @param {number} offset
 * @param {number} limit
 * @returns {number} the end offset, or -1: the value does not fit or is not the codec's. Then
 *   `takeSubstitute(value)` is the value to post instead
 */
function encode (value, bytes, offset, limit) {
  pending = undefined;
  if (busy) {
    // By a getter of the value that is being written; or a script was ended in the midst of that (`vm` with a timeout),
    // and no `finally` has run. Once the stack is empty nothing is.
    queueMicrotask(reset);
    return -1;
  }
  busy = true;
  extended = false;
  for (const _ in ObjectPrototype) extended = true;
  out = bytes;
  lim = limit;
  try {
    const end = writeValue(value, offset, 0);
    if (end === -1 && seenCount > 0) {
      const objects = seenSet === undefined ? seen.slice(0, seenCount) : [...seenSet];
      if (hasAccessor(objects, failedAt - offset)) {
        const failure = { at: failedAt, inValue: failedInValue, value: failedValue };
        // Loaded when first needed: most threads never do.
        const { substitute } = require('./substitute.js');
        pending = { original: value, value: substitute(bytes, offset, objects, failure) };
      }
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
 * @returns {T} the value to clone in its place; mostly the original itself
 */
function takeSubstitute (original) {
  const taken = pending;
  pending = undefined;
  return taken !== undefined && taken.original === original ? /** @type {T} */ (taken.value) : original;
}

module.exports = { encode, takeSubstitute };
