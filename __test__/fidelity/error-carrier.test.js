'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const vm = require('node:vm');
const fs = require('node:fs');
const fc = require('fast-check');

const { pack, unpack } = require('../../lib/codec/error-carrier.js');
const { encode } = require('../../lib/codec/encode.js');
const { decode } = require('../../lib/codec/decode.js');
const { assertSame } = require('./same.js');
const { recipes, build } = require('./values.js');

const bytes = new Uint8Array(new SharedArrayBuffer(1 << 20));

/**
 * The way of an error: packed, sent inline or cloned, unpacked.
 *
 * @param {unknown} thrown
 * @returns {any}
 */
function carry (thrown) {
  const carrier = pack(thrown);
  const cloned = unpack(structuredClone(carrier));
  const end = encode(carrier, bytes, 0, bytes.length);
  if (end === -1) return cloned;
  const inline = unpack(decode(bytes, 0, end));
  assertSame(inline, cloned);
  return inline;
}

/**
 * @param {any} error
 * @param {string} key
 */
function assertHidden (error, key) {
  const descriptor = Object.getOwnPropertyDescriptor(error, key);
  assert.equal(descriptor?.enumerable, false, `${key} is enumerable`);
  assert.equal(descriptor?.writable, true);
  assert.equal(descriptor?.configurable, true);
}

describe('an error thrown', () => {
  for (const name of ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']) {
    it(`arrives as the same built-in class: ${name}`, () => {
      const BuiltIn = /** @type {any} */ (globalThis)[name];
      const error = new BuiltIn('what happened');
      const arrived = carry(error);
      assert.equal(Object.getPrototypeOf(arrived), BuiltIn.prototype);
      assert.notEqual(arrived, error);
      assert.equal(arrived.stack, error.stack);
      assert.deepEqual(Reflect.ownKeys(arrived).sort(), ['message', 'stack']);
      assertHidden(arrived, 'message');
      assertHidden(arrived, 'stack');
      assert.equal(String(arrived), `${name}: what happened`);
    });
  }

  it('keeps the absence of a message', () => {
    assert.equal(Object.hasOwn(carry(new Error()), 'message'), false);
    assert.equal(Object.hasOwn(carry(new Error('')), 'message'), true);
  });

  it('keeps the name of its custom class as a plain Error', () => {
    class ValidationError extends Error {
      constructor (/** @type {string} */ message) {
        super(message);
        this.name = 'ValidationError';
        this.fields = ['a'];
      }
    }
    const arrived = carry(new ValidationError('no'));
    assert.equal(Object.getPrototypeOf(arrived), Error.prototype);
    assert.equal(arrived.name, 'ValidationError');
    assertHidden(arrived, 'name');
    assert.deepEqual(Object.keys(arrived), ['fields']);
    assert.deepEqual(arrived.fields, ['a']);
    assert.equal(String(arrived), 'ValidationError: no');
  });

  it('keeps a name that its class defines on the prototype', () => {
    class Custom extends TypeError {}
    Custom.prototype.name = 'Custom';
    const arrived = carry(new Custom('m'));
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived.name, 'Custom');
  });

  it('keeps its code and the properties of a system error', () => {
    /** @type {any} */
    let thrown;
    try {
      fs.readFileSync('/does/not/exist');
    } catch (error) {
      thrown = error;
    }
    const arrived = carry(thrown);
    for (const key of ['code', 'errno', 'syscall', 'path']) {
      assert.equal(arrived[key], thrown[key]);
      assert.equal(Object.getOwnPropertyDescriptor(arrived, key)?.enumerable, true);
    }
  });

  it("keeps the code of Node's own errors", () => {
    /** @type {any} */
    let thrown;
    try {
      Buffer.alloc(/** @type {any} */ ('x'));
    } catch (error) {
      thrown = error;
    }
    const arrived = carry(thrown);
    assert.equal(arrived.code, 'ERR_INVALID_ARG_TYPE');
    assert.equal(arrived.name, 'TypeError');
    assert.ok(arrived instanceof TypeError);
  });

  it('keeps a code that is a getter of its class', () => {
    class Coded extends Error { get code () { return 'E_GETTER'; } }
    assert.equal(carry(new Coded('m')).code, 'E_GETTER');
  });

  it('keeps what structured clone carries in its properties, and loses the rest', () => {
    const error = Object.assign(new Error('m'), {
      date: new Date(3),
      map: new Map([[1, { a: -0 }]]),
      bytes: new Uint8Array([1, 2]),
      nothing: undefined,
      callback () {},
      symbol: Symbol('s'),
      request: { send () {} },
      promise: Promise.resolve(),
      last: 1
    });
    const arrived = carry(error);
    assert.deepEqual(Object.keys(arrived), ['date', 'map', 'bytes', 'nothing', 'last']);
    assertSame(arrived.map, error.map);
    assertSame(arrived.bytes, error.bytes);
    assertSame(arrived.date, error.date);
  });

  it('keeps an own __proto__ as a property', () => {
    const error = Object.defineProperty(new Error('m'), '__proto__', { value: { a: 1 }, enumerable: true });
    const arrived = carry(error);
    assert.equal(Object.getPrototypeOf(arrived), Error.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(arrived, '__proto__')?.value, { a: 1 });
  });

  it('keeps its cause, whatever that is', () => {
    for (const cause of [new RangeError('inner'), 'text', null, undefined, 0, { a: [1] }]) {
      const arrived = carry(new Error('outer', { cause }));
      assertHidden(arrived, 'cause');
      if (cause instanceof Error) {
        assert.equal(Object.getPrototypeOf(arrived.cause), RangeError.prototype);
        assert.equal(arrived.cause.stack, cause.stack);
      } else {
        assertSame(arrived.cause, cause);
      }
    }
    assert.equal(Object.hasOwn(carry(new Error('none')), 'cause'), false);
    assert.equal(Object.hasOwn(carry(new Error('uncloneable', { cause: () => {} })), 'cause'), false);
  });

  it('keeps the errors of an AggregateError', () => {
    const inner = Object.assign(new TypeError('one'), { code: 'E_ONE' });
    const arrived = carry(new AggregateError([inner, 'two', inner, () => {}], 'all', { cause: inner }));
    assert.equal(Object.getPrototypeOf(arrived), AggregateError.prototype);
    assert.equal(arrived.message, 'all');
    assertHidden(arrived, 'errors');
    assert.equal(arrived.errors.length, 3);
    assert.equal(arrived.errors[0].code, 'E_ONE');
    assert.equal(arrived.errors[1], 'two');
    assert.equal(arrived.errors[2], arrived.errors[0]);
    assert.equal(arrived.cause, arrived.errors[0]);
  });

  it('keeps an error in a property of its own', () => {
    const arrived = carry(Object.assign(new Error('outer'), { original: new SyntaxError('inner') }));
    assert.ok(arrived.original instanceof SyntaxError);
  });

  it('arrives as a DOMException if it was one', () => {
    const error = new DOMException('stopped', 'AbortError');
    const arrived = carry(error);
    assert.ok(arrived instanceof DOMException);
    assert.equal(arrived.name, 'AbortError');
    assert.equal(arrived.message, 'stopped');
    assert.equal(arrived.code, DOMException.ABORT_ERR);
    assert.equal(Object.hasOwn(arrived, 'code'), false);
    assert.equal(arrived.stack, error.stack);
  });

  it('of another realm arrives as a built-in of this one', () => {
    const arrived = carry(vm.runInNewContext("Object.assign(new TypeError('elsewhere'), { code: 'X' })"));
    assert.equal(Object.getPrototypeOf(arrived), TypeError.prototype);
    assert.equal(arrived.message, 'elsewhere');
    assert.equal(arrived.code, 'X');
  });

  it('made without the Error constructor arrives as an Error', () => {
    const arrived = carry(Object.assign(Object.create(RangeError.prototype), { message: 'made by hand' }));
    assert.ok(arrived instanceof RangeError);
    assert.equal(arrived.message, 'made by hand');
  });

  it('may be its own cause', () => {
    /** @type {any} */
    const error = new Error('circle');
    error.cause = new Error('other', { cause: error });
    error.self = error;
    const arrived = carry(error);
    assert.equal(arrived.cause.cause, arrived);
    assert.equal(arrived.self, arrived);
  });

  it('with an endless chain of causes arrives with its beginning', () => {
    let error = new Error('innermost');
    for (let i = 0; i < 10_000; i++) error = new Error(String(i), { cause: error });
    const arrived = carry(error);
    assert.equal(arrived.message, '9999');
    assert.equal(arrived.cause.cause.message, '9997');
    let length = 0;
    for (let link = arrived; link !== undefined; link = link.cause) length++;
    assert.ok(length > 10 && length < 1000, String(length));
  });

  it('with a great many errors arrives with some of them', () => {
    const errors = Array.from({ length: 5000 }, (_, i) => new Error(String(i)));
    const arrived = carry(new AggregateError(errors));
    assert.ok(arrived.errors.length > 100 && arrived.errors.length <= 1000);
    assert.equal(arrived.errors[0].message, '0');
  });

  it('with getters that throw arrives without what they guard', () => {
    const throws = { get () { throw new Error('guarded'); }, enumerable: true };
    for (const key of ['name', 'message', 'stack', 'cause', 'code', 'detail', 'errors']) {
      const error = Object.defineProperty(Object.assign(new Error('m'), { kept: 1 }), key, throws);
      const arrived = carry(error);
      assert.ok(arrived instanceof Error);
      assert.equal(/** @type {any} */ (arrived).kept, 1);
      assert.equal(typeof arrived.name, 'string');
    }
  });

  it('with fields of odd types arrives', () => {
    for (const odd of [null, 5, {}, [], Symbol('s'), () => {}, new Error('inner')]) {
      for (const key of ['name', 'message', 'stack', 'code', 'errors', 'cause']) {
        const arrived = carry(Object.defineProperty(new Error('m'), key, { value: odd }));
        assert.ok(arrived instanceof Error);
      }
    }
    assert.equal(carry(Object.assign(new Error('m'), { message: 5 })).message, 5);
    const unprintable = Object.assign(new Error('m'), { message: { toString: 1, valueOf: 1 }, stack: 5 });
    assert.equal(carry(unprintable).stack, 'Error');
  });

  it('that is a proxy arrives', () => {
    const arrived = carry(new Proxy(Object.assign(new TypeError('behind'), { code: 'P' }), {}));
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived.message, 'behind');
    assert.equal(/** @type {any} */ (arrived).code, 'P');
  });

  it('that is a hostile proxy arrives as something', () => {
    const hostile = (/** @type {string[]} */ traps) => new Proxy(new Error('behind'), Object.fromEntries(
      traps.map((trap) => [trap, () => { throw new Error(trap); }])
    ));
    for (const traps of [['get'], ['ownKeys'], ['getOwnPropertyDescriptor'], ['getPrototypeOf'], ['has'], ['get', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor']]) {
      assert.ok(carry(hostile(traps)) instanceof Error);
    }
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
    revoke();
    assert.ok(carry(proxy) instanceof Error);
  });
});

describe('another value thrown', () => {
  it('arrives as its structured clone', () => {
    for (const thrown of [undefined, null, 0, -0, NaN, '', 'text', true, 5n, { code: 'X' }, [1, , 2], new Date(4), { e: { message: 'like an error' } }]) {
      assertSame(carry(thrown), structuredClone(thrown));
    }
  });

  it('arrives as its structured clone, whatever it is', () => {
    fc.assert(
      fc.property(recipes({ getters: false }), (recipe) => {
        const { value } = build(recipe);
        assertSame(carry(value), structuredClone(value));
      }),
      { numRuns: 300 }
    );
  });

  it('arrives as a DataCloneError if it cannot be cloned', () => {
    for (const thrown of [() => {}, Symbol('s'), { f () {} }, new WeakMap()]) {
      const arrived = carry(thrown);
      assert.equal(arrived.name, 'DataCloneError');
      assert.ok(arrived instanceof DOMException);
    }
  });

  it('arrives as an Error if the reason why it cannot be cloned cannot be cloned', () => {
    const arrived = carry({ get a () { throw () => {}; } });
    assert.ok(arrived instanceof Error);
    assert.match(arrived.message, /cannot be cloned/);
    assert.equal(carry({ get a () { throw 'text'; } }), 'text');
    assert.ok(carry({ get a () { throw this; } }) instanceof Error);
  });

  it('has its getters run once', () => {
    let runs = 0;
    assert.equal(carry({ get a () { return ++runs; } }).a, 1);
    assert.equal(carry({ get a () { runs++; return () => {}; } }).name, 'DataCloneError');
    assert.equal(runs, 2);
    carry(Object.defineProperty(new Error('m'), 'a', { get: () => ++runs, enumerable: true }));
    assert.equal(runs, 3);
    carry(Object.defineProperty(new Error('m'), 'cause', { get: () => ++runs, enumerable: true }));
    assert.equal(runs, 4);
  });
});
