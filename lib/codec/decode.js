'use strict';

const {
  OBJECT, ARRAY, HOLE, REF, DATE, MAP, SET, ARRAY_BUFFER, TYPED_ARRAY, DATA_VIEW, SMALL_INT,
  KEY_END, MAX_DEPTH,
} = require('./tags.js');
const { defineProperty, mapSet, setAdd, typedArraySet } = require('./primordials.js');
const { Reader } = require('./reader.js');

const ObjectPrototype = Object.prototype;

/** @type {any[]} In the order of TYPED_ARRAY_NAMES. */
const TYPED_ARRAYS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array,
];

const NO_BYTES = new Uint8Array(0);

// One reader for all messages: nothing here calls user code, so no second
// decode can start before the first has ended.
const reader = new Reader(NO_BYTES, 0, 0);

/** @type {unknown[]} Objects by REF number. */
let refs = [];

/**
 * @param {number} depth
 * @returns {object}
 */
function readObject(depth) {
  /** @type {Record<string, unknown>} */
  const object = {};
  refs.push(object);
  for (;;) {
    const first = reader.byte();
    if (first === KEY_END) return object;
    const key = reader.key(first);
    const value = readValue(depth + 1);
    // A plain store would meet the setter of __proto__, or whatever else
    // Object.prototype has under this name.
    if (key in ObjectPrototype) {
      defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      object[key] = value;
    }
  }
}

/**
 * @param {number} depth
 * @returns {unknown[]}
 */
function readArray(depth) {
  const length = reader.count(1);
  /** @type {unknown[]} */
  const array = [];
  refs.push(array);
  for (let i = 0; i < length; i++) {
    if (reader.peek() === HOLE) reader.skip(1);
    else array[i] = readValue(depth + 1);
  }
  array.length = length;
  return array;
}

/**
 * @param {number} depth
 * @returns {Map<unknown, unknown>}
 */
function readMap(depth) {
  const size = reader.count(2);
  const map = new Map();
  refs.push(map);
  for (let i = 0; i < size; i++) {
    const key = readValue(depth + 1);
    mapSet(map, key, readValue(depth + 1));
  }
  return map;
}

/**
 * @param {number} depth
 * @returns {Set<unknown>}
 */
function readSet(depth) {
  const size = reader.count(1);
  const set = new Set();
  refs.push(set);
  for (let i = 0; i < size; i++) setAdd(set, readValue(depth + 1));
  return set;
}

/** @returns {ArrayBuffer} */
function readArrayBuffer() {
  const length = reader.count(1);
  const start = reader.skip(length);
  const buffer = new ArrayBuffer(length);
  refs.push(buffer);
  typedArraySet(new Uint8Array(buffer), reader.bytes.subarray(start, start + length));
  return buffer;
}

/**
 * @param {number} depth
 * @param {boolean} isDataView
 * @returns {ArrayBufferView}
 */
function readView(depth, isDataView) {
  const number = refs.push(undefined) - 1;
  const kind = isDataView ? -1 : reader.byte();
  const byteOffset = reader.varint();
  const length = reader.varint();
  const buffer = readValue(depth + 1);
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
function readRef() {
  const number = reader.varint();
  const object = number < refs.length ? refs[number] : undefined;
  if (object === undefined) throw reader.corrupt('unknown reference');
  return object;
}

/** @returns {Date} */
function readDate() {
  const date = new Date(reader.double());
  refs.push(date);
  return date;
}

/**
 * @param {number} depth
 * @returns {unknown}
 */
function readValue(depth) {
  const tag = reader.byte();
  if (tag >= SMALL_INT) return reader.primitive(tag);
  if (depth > MAX_DEPTH) throw reader.corrupt('it is nested too deep');
  switch (tag) {
    case OBJECT: return readObject(depth);
    case ARRAY: return readArray(depth);
    case REF: return readRef();
    case DATE: return readDate();
    case MAP: return readMap(depth);
    case SET: return readSet(depth);
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
function decode(bytes, offset, end) {
  reader.bytes = bytes;
  reader.pos = offset;
  reader.end = end;
  try {
    if (!(offset >= 0 && end <= bytes.length)) throw reader.corrupt('it lies outside of its buffer');
    const value = readValue(0);
    if (reader.pos !== end) throw reader.corrupt('something follows the value');
    return value;
  } finally {
    reader.bytes = NO_BYTES;
    if (refs.length > 0) refs = [];
  }
}

module.exports = { decode };
