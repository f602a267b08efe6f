'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { describe, it } = require('node:test');
const { types } = require('node:util');

const { assertSame, assertSameOutcome } = require('./same.js');
const { TIMEOUT, describeEverywhere, forEach, openPool, outcomeOfAsync, ways } = require('./pools.js');
const { partly, thrown, uncloneable } = require('./workers/throw.js');

const filename = join(__dirname, 'workers', 'throw.js');

/** @param {any} value */
const isError = (value) => types.isNativeError(value) || value instanceof DOMException;

/** @param {any} error */
function keysOf (error) {
  const links = ['cause', 'errors'].filter((key) => Object.hasOwn(error, key));
  return [...new Set([...links, ...Object.keys(error)])].filter((key) => !['name', 'message', 'stack'].includes(key)).sort();
}

/**
 * Asserts that an error came over whole: of its class is left the nearest built-in one, and of its stack the text.
 *
 * @param {any} actual
 * @param {any} expected made on this thread
 * @param {Set<any>} [done]
 */
function assertSameError (actual, expected, done = new Set()) {
  if (!isError(expected)) {
    if (typeof expected === 'object' && expected !== null && Object.values(expected).flat().some(isError)) {
      return; // inside of other values structured clone decides
    }
    assertSame(actual, structuredClone(expected));
    return;
  }
  if (done.has(expected)) return;
  done.add(expected);
  assert.ok(isError(actual));
  assert.equal(actual.name, expected.name);
  assert.equal(actual.message, expected.message);
  assert.equal(actual.code, expected.code);
  assert.equal(Object.hasOwn(actual, 'cause'), Object.hasOwn(expected, 'cause'));
  for (const Kind of [RangeError, TypeError, SyntaxError, AggregateError, DOMException]) {
    assert.equal(actual instanceof Kind, expected instanceof Kind, Kind.name);
  }
  assert.equal(typeof actual.stack, 'string');
  const [line] = expected.stack.split('\n');
  assert.ok(actual.stack.startsWith(line.slice(0, 100)), `${actual.stack.slice(0, 100)} does not begin with ${line.slice(0, 100)}`);
  if (expected instanceof DOMException) return;
  assert.deepEqual(keysOf(actual), keysOf(expected));
  for (const key of keysOf(expected)) {
    if (key === 'errors') expected.errors.forEach((/** @type {any} */ each, /** @type {number} */ i) => assertSameError(actual.errors[i], each, done));
    else assertSameError(actual[key], expected[key], done);
  }
}

/**
 * @param {Promise<any>} task
 * @returns {Promise<any>} what it was rejected with, whatever that is
 */
const reasonOf = (task) => task.then(() => assert.fail('it was fulfilled'), (reason) => reason);

describeEverywhere('what a handler throws', (test) => {
  for (const name of ['throwIt', 'rejectIt']) {
    test(`comes over whole: ${name}`, (pool) => forEach(Object.entries(thrown), async (what, make) => {
      assertSameError(await reasonOf(pool.run(what, { filename, name })), make());
    }));

    test(`gives way to a DataCloneError if nothing of it can be cloned: ${name}`, (pool) =>
      forEach(Object.entries(uncloneable), async (what) => {
        const reason = await reasonOf(pool.run(what, { filename, name }));
        assert.ok(isError(reason));
        assert.ok(reason.name === 'DataCloneError' || reason.code === 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST', reason.name);
      }));

    test(`loses only what cannot be cloned: ${name}`, (pool) =>
      forEach(Object.entries(partly), async (what) => {
        const { message, code, kept, ...rest } = await reasonOf(pool.run(what, { filename, name }));
        assert.deepEqual({ message, code, kept }, { message: 'm', code: 'ERR_F', kept: 1 });
        assert.ok(!('f' in rest));
      }));
  }

  test('may hold what was transferred to it', async (pool) => {
    const { buffer } = new Uint8Array([1, 2, 3]);
    const reason = await reasonOf(pool.run({ buffer }, { filename, name: 'throwPort', transferList: [buffer] }));
    assertSame(reason.buffer, new Uint8Array([1, 2, 3]).buffer);
  });

  test('is no result: an error that is returned fulfils its task, as its structured clone', (pool) =>
    forEach(Object.entries(thrown), async (what, make) => {
      const expected = await outcomeOfAsync(() => structuredClone(make()));
      const actual = await outcomeOfAsync(() => pool.run(what, { filename, name: 'returnIt' }));
      assert.equal('error' in actual, 'error' in expected);
      if (isError(make()) && 'value' in actual && 'value' in expected) {
        // Their stacks differ.
        const [{ name, message }, other] = /** @type {any[]} */ ([actual.value, expected.value]);
        assert.deepEqual({ name, message }, { name: other.name, message: other.message });
      } else {
        assertSameOutcome(actual, expected);
      }
    }));
});

describe('a worker whose handlers throw', { timeout: TIMEOUT }, () => {
  for (const [way, options] of ways) {
    it(`lives on: ${way}`, async () => {
      const pool = openPool({ ...options(), maxThreads: 1, minThreads: 1 });
      const threadId = await pool.run(null, { name: 'threadId' });
      const names = Object.keys({ ...thrown, ...uncloneable, ...partly });
      await Promise.all(names.map((what) => reasonOf(pool.run(what, { filename, name: 'throwIt' }))));
      assert.equal(await pool.run(null, { name: 'threadId' }), threadId);
      await pool.destroy();
    });
  }
});
