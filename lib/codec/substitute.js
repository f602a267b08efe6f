'use strict';

const { types } = require('node:util');
const {
  OBJECT, ARRAY, HOLE, REF, DATE, MAP, SET, ARRAY_BUFFER, TYPED_ARRAY, DATA_VIEW, KEY_END
} = require('./tags.js');
const { define } = require('../host');
const {
  hasOwn, getPrototypeOf, defineProperty, getOwnPropertyDescriptor, keys, isArray, isView,
  mapForEach, mapSet, setForEach, setAdd
} = require('./primordials.js');
const { Reader } = require('./reader.js');

/**
 * Getters run once, also when the encoder gives up half way.
 *
 * The encoder reads each property once and looks at no descriptor, so it
 * cannot know that it has run a getter. When it gives up, the port lane clones
 * the value a second time. The remedy costs nothing as long as the encoder succeeds:
 *
 * 1. The objects that the encoder has entered (it keeps them for REFs) are
 *    searched for accessors (accessors.js). Mostly there is none: the original can be
 *    posted, and this file is not even loaded.
 * 2. Otherwise the bytes written so far are a log of all that was read. It is
 *    replayed: each entered object gets a copy, which holds the values read so far as plain
 *    values, and for each property not read yet an accessor that reads the
 *    original's, so that getters whose turn has not come run when the copy is
 *    cloned, once and in order.
 *
 * Objects that the encoder had not entered are copied in the same lazy way,
 * because they may lead back to a copied one, and identity has to hold.
 */

/**
 * @typedef {object} Failure
 * @property {number} at the offset where the encoder gave up
 * @property {boolean} inValue whether `value` was read there; else no value was
 * @property {unknown} value
 */

/**
 * @param {unknown} value
 * @returns {value is object}
 */
function isObject (value) {
  return typeof value === 'object' && value !== null;
}

/**
 * @param {string} key
 * @returns {boolean} whether it names an element of an array
 */
function isIndex (key) {
  return String(Number(key) >>> 0) === key && key !== '4294967295';
}

/**
 * @param {object} object
 * @param {string} key
 * @returns {PropertyDescriptor | undefined} that inherits nothing: an `Object.prototype` may have a `get`
 */
function descriptorOf (object, key) {
  const descriptor = getOwnPropertyDescriptor(object, key);
  return descriptor && Object.setPrototypeOf(descriptor, null);
}

/** Copies of the originals, made as late as possible. */
class Mirror {
  /** @type {Map<unknown, object>} */
  #copies = new Map();

  /** @type {Set<object>} Originals that need no copy. */
  #kept = new Set();

  /**
   * @param {object} original
   * @param {object} copy
   */
  put (original, copy) {
    this.#copies.set(original, copy);
  }

  /**
   * @param {unknown} original
   * @returns {any} the value to clone in its place
   */
  of (original) {
    if (!isObject(original)) return original;
    const known = this.#copies.get(original);
    if (known !== undefined) return known;
    // An object that leads to no copy stays what it is: it may be of a kind that
    // only the runtime can clone, and so does all that it leads to.
    if (!this.#leadsToCopy(original)) return original;
    if (types.isNativeError(original)) return this.#errorOf(original);
    if (types.isMap(original)) {
      const copy = new Map();
      this.put(original, copy);
      mapForEach(original, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
        mapSet(copy, this.of(key), this.of(value));
      });
      return copy;
    }
    if (types.isSet(original)) {
      const copy = new Set();
      this.put(original, copy);
      setForEach(original, (/** @type {unknown} */ value) => setAdd(copy, this.of(value)));
      return copy;
    }
    const copy = isArray(original) ? new Array(original.length) : {};
    this.put(original, copy);
    this.addUnread(copy, original);
    return copy;
  }

  /**
   * Gives the copy the properties that it lacks, to be read when it is cloned.
   *
   * @param {object} copy
   * @param {object} original
   * @param {number} [from] of an array, the first index not read yet
   */
  addUnread (copy, original, from = 0) {
    for (const key of keys(original)) {
      if (hasOwn(copy, key)) continue;
      // A structured clone goes by the length that it has seen at first.
      if (isArray(copy) && isIndex(key) && !(Number(key) >= from && Number(key) < copy.length)) continue;
      defineProperty(copy, key, /** @type {any} */ ({
        __proto__: null,
        get: () => this.of(/** @type {any} */ (original)[key]),
        enumerable: true,
        configurable: true
      }));
    }
  }

  /**
   * @param {Error} original
   * @returns {Error}
   */
  #errorOf (original) {
    const copy = new Error();
    this.put(original, copy);
    Object.setPrototypeOf(copy, getPrototypeOf(original));
    for (const key of ['name', 'message', 'stack', 'cause']) {
      const descriptor = descriptorOf(original, key);
      if (descriptor === undefined) continue;
      if (key === 'cause' && 'value' in descriptor) descriptor.value = this.of(descriptor.value);
      defineProperty(copy, key, descriptor);
    }
    return copy;
  }

  /**
   * @param {object} original
   * @returns {boolean} whether it does, or may; runs no getter and no trap
   */
  #leadsToCopy (original) {
    /** @type {unknown[]} */
    const open = [original];
    /** @type {Set<object>} */
    const visited = new Set();
    while (open.length > 0) {
      const object = open.pop();
      if (!isObject(object) || visited.has(object) || this.#kept.has(object)) continue;
      if (this.#copies.has(object)) return true;
      visited.add(object);
      if (types.isProxy(object) || isView(object)) continue;
      if (types.isMap(object)) {
        mapForEach(object, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
          open.push(key, value);
        });
      } else if (types.isSet(object)) {
        setForEach(object, (/** @type {unknown} */ value) => void open.push(value));
      }
      for (const key of types.isNativeError(object) ? ['cause'] : keys(object)) {
        const descriptor = descriptorOf(object, key);
        if (descriptor?.get !== undefined) return true; // nobody knows what it returns
        if (isObject(descriptor?.value)) open.push(descriptor.value);
      }
    }
    for (const object of visited) this.#kept.add(object);
    return false;
  }
}

/** Reads the encoder's output, up to the point where it gave up. */
class Replay {
  #mirror = new Mirror();
  #reader;
  #objects;
  #failure;
  #nextObject = 0;
  #ended = false;

  /**
   * @param {Reader} reader
   * @param {object[]} objects
   * @param {Failure} failure
   */
  constructor (reader, objects, failure) {
    this.#reader = reader;
    this.#objects = objects;
    this.#failure = failure;
  }

  /** @returns {boolean} whether the encoder stopped at the cursor */
  #atFailure () {
    if (this.#reader.pos >= this.#failure.at) this.#ended = true;
    return this.#ended;
  }

  /** @returns {unknown} */
  value () {
    if (this.#atFailure()) return this.#mirror.of(this.#failure.value);
    const reader = this.#reader;
    const tag = reader.byte();
    switch (tag) {
      case OBJECT: return this.#object();
      case ARRAY: return this.#array();
      case MAP: return this.#map();
      case SET: return this.#set();
      case REF: return this.#mirror.of(this.#objects[reader.varint()]);
      case DATE:
        reader.skip(8);
        return this.#objects[this.#nextObject++];
      case ARRAY_BUFFER:
        reader.skip(reader.varint());
        return this.#objects[this.#nextObject++];
      case TYPED_ARRAY:
        reader.skip(1);
        return this.#view();
      case DATA_VIEW:
        return this.#view();
      default:
        return reader.primitive(tag);
    }
  }

  #view () {
    const view = this.#objects[this.#nextObject++];
    this.#reader.varint();
    this.#reader.varint();
    this.value();
    return view;
  }

  #object () {
    const original = this.#objects[this.#nextObject++];
    /** @type {object} */
    const copy = {};
    this.#mirror.put(original, copy);
    while (!this.#ended) {
      if (this.#atFailure()) break;
      const first = this.#reader.byte();
      if (first === KEY_END) return copy;
      this.#define(copy, this.#reader.key(first), this.value());
    }
    this.#mirror.addUnread(copy, original);
    return copy;
  }

  #array () {
    const original = this.#objects[this.#nextObject++];
    const length = this.#reader.varint();
    const copy = new Array(length);
    this.#mirror.put(original, copy);
    let i = 0;
    for (; i < length && !this.#ended; i++) {
      if (!this.#failure.inValue && this.#atFailure()) break;
      if (!this.#atFailure() && this.#reader.peek() === HOLE) this.#reader.skip(1);
      else this.#define(copy, i, this.value());
    }
    if (!this.#failure.inValue) this.#atFailure(); // it may have stumbled at its end
    if (this.#ended) this.#mirror.addUnread(copy, original, i);
    return copy;
  }

  #map () {
    const original = this.#objects[this.#nextObject++];
    const copy = new Map();
    this.#mirror.put(original, copy);
    /** @type {unknown[]} */
    const now = [];
    mapForEach(original, (/** @type {unknown} */ value, /** @type {unknown} */ key) => {
      now.push(key, value);
    });
    const entries = this.#entries(2 * this.#reader.varint(), now);
    for (let i = 0; i < entries.length; i += 2) mapSet(copy, entries[i], entries[i + 1]);
    return copy;
  }

  #set () {
    const original = this.#objects[this.#nextObject++];
    const copy = new Set();
    this.#mirror.put(original, copy);
    /** @type {unknown[]} */
    const now = [];
    setForEach(original, (/** @type {unknown} */ value) => void now.push(value));
    for (const value of this.#entries(this.#reader.varint(), now)) setAdd(copy, value);
    return copy;
  }

  /**
   * @param {number} count
   * @param {unknown[]} now what the original holds, for the part not read
   * @returns {unknown[]}
   */
  #entries (count, now) {
    const entries = [];
    while (entries.length < count && !this.#ended) entries.push(this.value());
    while (entries.length < count) entries.push(this.#mirror.of(now[entries.length]));
    return entries;
  }

  /**
   * @param {object} copy
   * @param {string | number} key
   * @param {unknown} value
   */
  #define (copy, key, value) {
    define(copy, key, value);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} offset
 * @param {object[]} objects that the encoder has entered, in order
 * @param {Failure} failure
 * @returns {unknown} what to post in place of a value, of which a getter may have run
 */
function substitute (bytes, offset, objects, failure) {
  return new Replay(new Reader(bytes, offset, failure.at), objects, failure).value();
}

module.exports = { substitute };
