'use strict';

const {
  OBJECT, ARRAY, HOLE, REF, DATE, MAP, SET, ARRAY_BUFFER, TYPED_ARRAY, DATA_VIEW, SMALL_INT,
  KEY_END, MAX_DEPTH, ALIGN_FROM
} = require('./tags.js');
const { define } = require('../host');
const { mapSet, setAdd, typedArraySet } = require('./primordials.js');
const { Reader } = require('./reader.js');
const { SLOTS, WIDTH, StringCache } = require('./string-cache.js');

const ObjectPrototype = Object.prototype;

/** @type {any[]} In the order of TYPED_ARRAY_NAMES. */
const TYPED_ARRAYS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array
];

const NO_BYTES = new Uint8Array(0);

// One reader for all messages: nothing here calls user code, so no second
// decode can start before the first has ended.
const reader = new Reader(NO_BYTES, 0, 0);

// Messages repeat few property names, mostly in the same order: so each name remembers which one came after it, and
// which one came first in the object that was its value.
const names = new StringCache();

/** The slot of the name that followed a slot's name in its object; [0] is for the first of all. */
const next = new Uint16Array(SLOTS);

/** The slot of the first name of the object that was the value of a slot's name. */
const inner = new Uint16Array(SLOTS);

/** @type {any[]} Objects by REF number; kept, to save its making. */
let refs = [];
let refCount = 0;

/** Beyond this, `refs` is not worth keeping. */
const REFS_KEPT = 256;

/**
 * @param {number} depth
 * @param {number} outer the slot of the name that this object is the value of
 * @returns {object}
 */
function readObject (depth, outer) {
  /** @type {Record<string, unknown>} */
  const object = {};
  refs[refCount++] = object;
  /** @type {number} */
  let slot;
  for (let guesses = inner, before = outer; ; guesses = next, before = slot) {
    const first = reader.byte();
    if (first === KEY_END) return object;
    let key;
    if (first <= WIDTH) {
      const start = reader.skip(first);
      slot = names.findAfter(guesses, before, reader.bytes, start, first);
      key = slot === 0 ? reader.slice(start) : names.strings[slot];
    } else {
      slot = 0;
      key = reader.key(first);
    }
    const value = readValue(depth + 1, slot);
    // A plain store would meet the setter of __proto__, or whatever else
    // Object.prototype has under this name.
    if (key in ObjectPrototype) {
      define(object, key, value);
    } else {
      object[key] = value;
    }
  }
}

/**
 * @param {number} depth
 * @param {number} outer
 * @returns {unknown[]}
 */
function readArray (depth, outer) {
  const length = reader.varint();
  reader.expect(length);
  // With its length from the start: one that grows has room for 17 elements, which the garbage collector carries about.
  /** @type {unknown[]} */
  const array = new Array(length);
  refs[refCount++] = array;
  for (let i = 0; i < length; i++) {
    if (reader.peek() === HOLE) reader.skip(1);
    else array[i] = readValue(depth + 1, outer);
  }
  return array;
}

/**
 * @param {number} depth
 * @param {number} outer
 * @returns {Map<unknown, unknown>}
 */
function readMap (depth, outer) {
  const size = reader.varint();
  const map = new Map();
  refs[refCount++] = map;
  for (let i = 0; i < size; i++) {
    const key = readValue(depth + 1, outer);
    mapSet(map, key, readValue(depth + 1, outer));
  }
  return map;
}

/**
 * @param {number} depth
 * @param {number} outer
 * @returns {Set<unknown>}
 */
function readSet (depth, outer) {
  const size = reader.varint();
  const set = new Set();
  refs[refCount++] = set;
  for (let i = 0; i < size; i++) setAdd(set, readValue(depth + 1, outer));
  return set;
}

/** @returns {ArrayBuffer} */
function readArrayBuffer () {
  const length = reader.varint();
  if (length >= ALIGN_FROM) reader.skip(reader.byte());
  const start = reader.skip(length);
  const buffer = new ArrayBuffer(length);
  refs[refCount++] = buffer;
  typedArraySet(new Uint8Array(buffer), reader.bytes.subarray(start, start + length));
  return buffer;
}

/**
 * @param {number} depth
 * @param {boolean} isDataView
 * @returns {ArrayBufferView}
 */
function readView (depth, isDataView) {
  const number = refCount++;
  refs[number] = undefined;
  const kind = isDataView ? -1 : reader.byte();
  const byteOffset = reader.varint();
  const length = reader.varint();
  const buffer = readValue(depth + 1, 0);
  const View = isDataView ? DataView : TYPED_ARRAYS[kind];
  if (View === undefined || !(buffer instanceof ArrayBuffer)) throw reader.corrupt('malformed view');
  let view;
  try {
    view = new View(buffer, byteOffset, length);
  } catch {
    throw reader.corrupt('a view exceeds its buffer');
  }
  refs[number] = view;
  return view;
}

/** @returns {unknown} */
function readRef () {
  const number = reader.varint();
  const object = number < refCount ? refs[number] : undefined;
  if (object === undefined) throw reader.corrupt('unknown reference');
  return object;
}

/** @returns {Date} */
function readDate () {
  const date = new Date(reader.double());
  refs[refCount++] = date;
  return date;
}

/**
 * @param {number} depth
 * @param {number} outer
 * @returns {unknown}
 */
function readValue (depth, outer) {
  const tag = reader.byte();
  if (tag >= SMALL_INT) return reader.primitive(tag);
  if (depth > MAX_DEPTH) throw reader.corrupt('it is nested too deep');
  switch (tag) {
    case OBJECT: return readObject(depth, outer);
    case ARRAY: return readArray(depth, outer);
    case REF: return readRef();
    case DATE: return readDate();
    case MAP: return readMap(depth, outer);
    case SET: return readSet(depth, outer);
    case ARRAY_BUFFER: return readArrayBuffer();
    case TYPED_ARRAY: return readView(depth, false);
    case DATA_VIEW: return readView(depth, true);
    default: return reader.primitive(tag);
  }
}

/**
 * The value that `encode` wrote to `bytes[offset..end)`.
 *
 * @param {Uint8Array} bytes
 * @param {number} offset
 * @param {number} end what `encode` gave
 * @returns {any}
 * @throws an Error with code ERR_ROCKPOOL_CORRUPT_MESSAGE where the bytes are no message;
 *   it never reads outside of the range
 */
function decode (bytes, offset, end) {
  reader.start(bytes, offset, end);
  try {
    if (!(offset >= 0 && end <= bytes.length)) throw reader.corrupt('it lies outside of its buffer');
    const value = readValue(0, 0);
    if (reader.pos !== end) throw reader.corrupt('something follows the value');
    return value;
  } finally {
    reader.start(NO_BYTES, 0, 0);
    if (refCount > REFS_KEPT) refs = [];
    else for (let i = 0; i < refCount; i++) refs[i] = undefined;
    refCount = 0;
  }
}

module.exports = { decode };
