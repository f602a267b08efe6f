'use strict';

const assert = require('node:assert/strict');
const { types } = require('node:util');

/**
 * Asserts that two values could not be told apart by the program that receives
 * them: stricter than deepStrictEqual, which looks neither at key order, nor at
 * holes, descriptors or `byteOffset`, nor at which objects are one and the same.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 */
function assertSame (actual, expected) {
  new Comparison().values(actual, expected, 'value');
}

class Comparison {
  /** @type {Map<object, object>} */
  #toExpected = new Map();

  /** @type {Map<object, object>} */
  #toActual = new Map();

  /**
   * @param {any} actual
   * @param {any} expected
   * @param {string} path
   */
  values (actual, expected, path) {
    if (typeof expected !== 'object' || expected === null) {
      assert.ok(Object.is(actual, expected), `${path}: ${show(actual)} is not ${show(expected)}`);
      return;
    }
    assert.ok(typeof actual === 'object' && actual !== null, `${path}: ${show(actual)} is no object`);
    const known = this.#toExpected.has(actual) || this.#toActual.has(expected);
    if (known) {
      assert.ok(this.#toExpected.get(actual) === expected, `${path}: not the same object as before`);
      assert.ok(this.#toActual.get(expected) === actual, `${path}: not the same object as before`);
      return;
    }
    this.#toExpected.set(actual, expected);
    this.#toActual.set(expected, actual);
    this.#objects(actual, expected, path);
  }

  /**
   * @param {any} actual
   * @param {any} expected
   * @param {string} path
   */
  #objects (actual, expected, path) {
    assert.ok(
      Object.getPrototypeOf(actual) === Object.getPrototypeOf(expected),
      `${path}: another prototype`
    );
    assert.equal(tagOf(actual), tagOf(expected), `${path}: another kind of object`);
    assert.equal(Object.isExtensible(actual), Object.isExtensible(expected), `${path}: extensible`);
    this.#slots(actual, expected, path);
    if (ArrayBuffer.isView(expected)) return; // their elements are their buffer's bytes
    const keys = Reflect.ownKeys(expected);
    assert.deepEqual(Reflect.ownKeys(actual), keys, `${path}: other keys, or in another order`);
    for (const key of keys) {
      const at = `${path}[${String(key)}]`;
      const { value: actualValue, ...actualFlags } = descriptorOf(actual, key);
      const { value: expectedValue, ...expectedFlags } = descriptorOf(expected, key);
      assert.deepEqual(actualFlags, expectedFlags, `${at}: another descriptor`);
      this.values(actualValue, expectedValue, at);
    }
  }

  /**
   * What objects hold beside their properties.
   *
   * @param {any} actual
   * @param {any} expected
   * @param {string} path
   */
  #slots (actual, expected, path) {
    if (types.isDate(expected)) {
      assert.ok(Object.is(actual.getTime(), expected.getTime()), `${path}: another time`);
    } else if (types.isBoxedPrimitive(expected)) {
      this.values(actual.valueOf(), expected.valueOf(), `${path}.valueOf()`);
    } else if (types.isRegExp(expected)) {
      assert.equal(actual.source, expected.source, path);
      assert.equal(actual.flags, expected.flags, path);
    } else if (types.isMap(expected) || types.isSet(expected)) {
      assert.equal(actual.size, expected.size, `${path}: another size`);
      const actualEntries = [...actual.entries()].flat(1);
      [...expected.entries()].flat(1).forEach((entry, i) => {
        this.values(actualEntries[i], entry, `${path}.entries[${i}]`);
      });
    } else if (types.isArrayBuffer(expected)) {
      assert.equal(actual.resizable, expected.resizable, `${path}: resizable`);
      assert.equal(actual.maxByteLength, expected.maxByteLength, `${path}: maxByteLength`);
      assert.ok(Buffer.from(actual).equals(Buffer.from(expected)), `${path}: other bytes`);
    } else if (ArrayBuffer.isView(expected)) {
      assert.equal(actual.byteOffset, expected.byteOffset, `${path}: byteOffset`);
      assert.equal(actual.byteLength, expected.byteLength, `${path}: byteLength`);
      this.values(actual.buffer, expected.buffer, `${path}.buffer`);
    }
  }
}

/**
 * @param {object} object
 * @param {PropertyKey} key
 * @returns {PropertyDescriptor}
 */
function descriptorOf (object, key) {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  assert.ok(descriptor);
  return descriptor;
}

/**
 * @param {any} object
 * @returns {string}
 */
function tagOf (object) {
  if (Array.isArray(object)) return 'Array';
  const names = Object.keys(kinds).filter((name) => kinds[name](object));
  return names.length > 0 ? names.join() : 'Object';
}

/** @type {Record<string, (value: unknown) => boolean>} */
const kinds = {
  Date: types.isDate,
  RegExp: types.isRegExp,
  Map: types.isMap,
  Set: types.isSet,
  Error: types.isNativeError,
  Boxed: types.isBoxedPrimitive,
  ArrayBuffer: types.isArrayBuffer,
  SharedArrayBuffer: types.isSharedArrayBuffer,
  View: ArrayBuffer.isView,
  Proxy: types.isProxy
};

/**
 * @param {unknown} value
 * @returns {string}
 */
function show (value) {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/**
 * @typedef {{ value: unknown } | { error: { name: unknown, message: unknown, code: unknown } }} Outcome
 */

/**
 * @param {() => unknown} action
 * @returns {Outcome} what it returned or threw
 */
function outcomeOf (action) {
  try {
    return { value: action() };
  } catch (error) {
    const { name, message, code } = /** @type {any} */ (error);
    return { error: { name, message, code } };
  }
}

/**
 * @param {Outcome} actual
 * @param {Outcome} expected
 */
function assertSameOutcome (actual, expected) {
  if ('error' in expected) {
    assert.deepEqual(actual, expected);
  } else {
    assert.ok(!('error' in actual), `threw ${JSON.stringify('error' in actual && actual.error)}`);
    assertSame(/** @type {any} */ (actual).value, expected.value);
  }
}

module.exports = { assertSame, outcomeOf, assertSameOutcome };
