'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const fc = require('fast-check');

const { encode, takeSubstitute } = require('../../lib/codec/encode.js');
const { decode } = require('../../lib/codec/decode.js');
const { assertSame, assertSameOutcome, outcomeOf } = require('./same.js');
const { nasty, uncloneable, hostObjects, recipes, build, strings } = require('./values.js');

const OFFSET = 24;
const LIMIT = OFFSET + 65_536;
const memories = {
  'a SharedArrayBuffer': new Uint8Array(new SharedArrayBuffer(LIMIT + 64)),
  'an ArrayBuffer': new Uint8Array(LIMIT + 64)
};
const bytes = memories['a SharedArrayBuffer'];

/**
 * What the pool does with a value: inline where the codec takes it, by a real
 * clone otherwise.
 *
 * @param {unknown} value
 * @param {Uint8Array} [into]
 * @returns {{ lane: 'inline' | 'port', value: any }}
 */
function send (value, into = bytes) {
  const end = encode(value, into, OFFSET, LIMIT);
  if (end === -1) return { lane: 'port', value: structuredClone(takeSubstitute(value)) };
  assert.ok(end > OFFSET && end <= LIMIT);
  return { lane: 'inline', value: decode(into, OFFSET, end) };
}

describe('a value sent', () => {
  for (const [name, lane, make] of nasty) {
    it(`arrives as its structured clone: ${name}`, () => {
      const expected = outcomeOf(() => structuredClone(make()));
      for (const memory of Object.values(memories)) {
        /** @type {string | undefined} */
        let taken;
        const actual = outcomeOf(() => {
          const sent = send(make(), memory);
          taken = sent.lane;
          return sent.value;
        });
        assertSameOutcome(actual, expected);
        if (taken !== undefined && lane !== 'any') assert.equal(taken, lane);
      }
    });
  }

  for (const [name, make] of uncloneable) {
    it(`fails as its structured clone does: ${name}`, () => {
      const expected = outcomeOf(() => structuredClone(make()));
      assert.ok('error' in expected);
      assertSameOutcome(outcomeOf(() => send(make()).value), expected);
    });
  }

  for (const [name, make] of hostObjects) {
    it(`goes by the port: ${name}`, () => {
      assert.equal(send({ a: make() }).lane, 'port');
      assert.equal(send([make()]).lane, 'port');
    });
  }

  it('fails as its structured clone does: a module namespace', async () => {
    const namespace = await import(/** @type {any} */ ('data:text/javascript,export const a = 1'));
    const expected = outcomeOf(() => structuredClone(namespace));
    assertSameOutcome(outcomeOf(() => send(namespace).value), expected);
  });

  it('arrives as its structured clone, whatever it is', () => {
    fc.assert(
      fc.property(recipes({ getters: false }), (recipe) => {
        const { value } = build(recipe);
        assertSame(send(value).value, structuredClone(value));
      }),
      { numRuns: 2000 }
    );
  });

  it('arrives as its structured clone when it is a string or a key', () => {
    fc.assert(
      fc.property(strings, (text) => {
        assertSame(send(text).value, text);
        const object = Object.defineProperty({}, text, { value: text, enumerable: true });
        assertSame(send(object).value, structuredClone(object));
      }),
      { numRuns: 2000 }
    );
  });

  it('stays inline when it is plain', () => {
    fc.assert(
      fc.property(recipes({ getters: false }), (recipe) => {
        assert.equal(send(build(recipe).value).lane, 'inline');
      }),
      { numRuns: 300 }
    );
  });
});

describe('a getter of a value sent', () => {
  it('runs exactly as often and in the same order as in a structured clone', () => {
    let substituted = 0;
    fc.assert(
      fc.property(recipes({ getters: true }), (recipe) => {
        const reference = build(recipe);
        const expected = outcomeOf(() => structuredClone(reference.value));
        const sent = build(recipe);
        const actual = outcomeOf(() => {
          const end = encode(sent.value, bytes, OFFSET, LIMIT);
          if (end !== -1) return decode(bytes, OFFSET, end);
          const stand = takeSubstitute(sent.value);
          if (stand !== sent.value) substituted++;
          return structuredClone(stand);
        });
        assert.deepEqual(sent.log, reference.log);
        assertSameOutcome(actual, expected);
      }),
      { numRuns: 4000 }
    );
    assert.ok(substituted > 20, `only ${substituted} substitutes were needed`);
  });

  it('runs once when the value turns out too long at any point', () => {
    const make = () => {
      /** @type {string[]} */
      const log = [];
      const inner = {
        get list () { log.push('list'); return [1, 'two', { three: 3 }]; },
        get self () { log.push('self'); return inner; },
        plain: 'text'
      };
      const value = {
        get first () { log.push('first'); return 1; },
        inner,
        map: new Map([['key', inner]]),
        view: new Uint8Array(4),
        get last () { log.push('last'); return [inner, new Date(3), , 5n]; },
        again: inner
      };
      return { value, log };
    };
    const reference = make();
    const expected = structuredClone(reference.value);
    const whole = encode(make().value, bytes, OFFSET, LIMIT);
    for (let limit = OFFSET; limit <= whole + 16; limit++) {
      const { value, log } = make();
      const end = encode(value, bytes, OFFSET, limit);
      const actual = end === -1 ? structuredClone(takeSubstitute(value)) : decode(bytes, OFFSET, end);
      assert.deepEqual(log, reference.log);
      assertSame(actual, expected);
    }
  });

  it('that is an element runs once', () => {
    let runs = 0;
    const make = () => Object.defineProperty([1, 2, 3], 1, { get: () => ++runs, enumerable: true });
    const value = { list: make(), later: /x/ };
    assert.equal(encode(value, bytes, OFFSET, LIMIT), -1);
    const { list } = structuredClone(takeSubstitute(value));
    assert.deepEqual(list, [1, 1, 3]);
    assert.equal(runs, 1);
  });

  it('runs once before an array that has named properties', () => {
    let runs = 0;
    const value = {
      get a () { return ++runs; },
      list: Object.assign([[1], [2]], { name: 'x', inner: {} }),
      after: [{}]
    };
    const sent = send(value);
    assert.equal(sent.lane, 'port');
    assertSame(sent.value, { a: 1, list: Object.assign([[1], [2]], { name: 'x', inner: {} }), after: [{}] });
    assert.equal(runs, 1);
  });

  it('that throws is heard once, with its own error', () => {
    let runs = 0;
    const error = new Error('from the getter');
    const value = { a: 1, get b () { runs++; throw error; } };
    assert.throws(() => send(value), (thrown) => thrown === error);
    assert.equal(runs, 1);
    assertSame(send({ a: 1 }).value, { a: 1 });
  });

  it('may send a value itself', () => {
    /** @type {any} */
    let inner;
    const value = { a: 1, get b () { inner = send({ x: [1] }); return 2; }, c: 3 };
    const outer = send(value);
    assertSame(outer, { lane: 'inline', value: { a: 1, b: 2, c: 3 } });
    assertSame(inner, { lane: 'port', value: { x: [1] } });
  });

  it('may change the value', () => {
    /** @type {(() => unknown)[]} */
    const makers = [
      () => ({ get a () { delete (/** @type {any} */ (this).b); return 1; }, b: 2, c: 3 }),
      () => ({ get a () { /** @type {any} */ (this).d = 4; return 1; }, b: 2 }),
      () => {
        /** @type {any[]} */
        const array = [{ get x () { array.length = 1; return 1; } }, 2, 3];
        return array;
      },
      () => {
        /** @type {any[]} */
        const array = [{ get x () { array.push(4); return 1; } }, 2, 3];
        return array;
      },
      () => {
        /** @type {Map<any, any>} */
        const map = new Map([[1, { get x () { map.clear(); return 1; } }], [2, /** @type {any} */ ('b')]]);
        return map;
      }
    ];
    for (const make of makers) assertSame(send(make()).value, structuredClone(make()));
  });

  it('leaves nothing behind for the next value', () => {
    const value = { get a () { return 1; }, b: /x/ };
    assert.equal(encode(value, bytes, OFFSET, LIMIT), -1);
    assert.equal(takeSubstitute(bytes), bytes);
    assert.equal(takeSubstitute(value), value);
  });
});

describe('a changed Object.prototype', () => {
  /**
   * @param {PropertyDescriptor} descriptor
   * @param {() => void} action
   */
  function withInherited (descriptor, action) {
    Object.defineProperty(Object.prototype, 'inherited', { configurable: true, ...descriptor });
    try {
      action();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited');
    }
  }
  const value = { own: 1, inherited: 2, list: [{}] };

  it('adds nothing to a value', () => {
    send(value);
    withInherited({ value: 1, enumerable: true }, () => {
      for (const v of [value, { own: 1 }, [{}], {}]) assertSame(send(v).value, structuredClone(v));
    });
  });

  it('takes nothing from a value', () => {
    send(value);
    let calls = 0;
    withInherited({ get: () => calls++, set: () => calls++ }, () => {
      const sent = send(value).value;
      assert.equal(calls, 0);
      assertSame(sent, structuredClone(value));
    });
    withInherited({ value: 1, writable: false }, () => {
      assertSame(send(value).value, structuredClone(value));
    });
  });
});

describe('a bound on the bytes', () => {
  it('is kept by every kind of value, wherever it cuts', () => {
    const guard = 0xa5;
    const values = [
      'x'.repeat(40), '\xe9'.repeat(200), '\u20ac'.repeat(60), 1.5, -(2 ** 31), 2n ** 62n, 3n ** 90n,
      new Date(3), [1, 2, , 'four'], new Array(20), Object.assign(['x'.repeat(40)], { length: 20 }), { [`key${'k'.repeat(40)}`]: 1, ['\u20ac'.repeat(30)]: 2 },
      {}, [[], [{}]], new Map([['key', 'value']]), new Set(['a', 'b']), new Uint8Array(30), new ArrayBuffer(20),
      new DataView(new ArrayBuffer(9), 1), null, undefined, true, ''
    ];
    for (const value of values.flatMap((each) => [each, [each], { each }])) {
      const whole = encode(value, bytes, OFFSET, LIMIT);
      assert.notEqual(whole, -1);
      for (let limit = OFFSET; limit <= whole + 16; limit++) {
        bytes.fill(guard, 0, whole + 500);
        const end = encode(value, bytes, OFFSET, limit);
        assert.ok(end === -1 || end === whole);
        assert.ok(bytes.subarray(limit, whole + 500).every((byte) => byte === guard), `crossed ${limit}`);
      }
    }
  });

  it('is never crossed by the encoder', () => {
    const guard = 0xa5;
    fc.assert(
      fc.property(recipes({ getters: false }), fc.double({ min: 0, max: 1, noNaN: true }), (recipe, part) => {
        const { value } = build(recipe);
        const whole = encode(value, bytes, OFFSET, LIMIT);
        const limit = OFFSET + Math.floor(part * (whole - OFFSET));
        bytes.fill(guard);
        encode(value, bytes, OFFSET, limit);
        assert.ok(bytes.subarray(0, OFFSET).every((byte) => byte === guard));
        assert.ok(bytes.subarray(limit, limit + 2000).every((byte) => byte === guard));
      }),
      { numRuns: 500 }
    );
  });

  it('is never crossed by the decoder', () => {
    fc.assert(
      fc.property(recipes({ getters: false }), fc.double({ min: 0, max: 1, noNaN: true }), (recipe, part) => {
        const { value } = build(recipe);
        const whole = encode(value, bytes, OFFSET, LIMIT);
        const end = OFFSET + Math.floor(part * (whole - OFFSET));
        if (end < whole) assertCorrupt(bytes, OFFSET, end);
      }),
      { numRuns: 500 }
    );
  });
});

/**
 * @param {Uint8Array} message
 * @param {number} offset
 * @param {number} end
 */
function assertCorrupt (message, offset, end) {
  assert.throws(() => decode(message, offset, end), { code: 'ERR_ROCKPOOL_CORRUPT_MESSAGE' });
}

describe('bytes that are no message', () => {
  /**
   * @param {Uint8Array} message
   */
  function decodesOrRefuses (message) {
    try {
      decode(message, 0, message.length);
    } catch (error) {
      assert.equal(/** @type {any} */ (error).code, 'ERR_ROCKPOOL_CORRUPT_MESSAGE', String(error));
    }
  }

  it('are refused with a code', () => {
    for (const message of [[], [0], [255], [10, 255, 255, 255, 255, 15], [12, 0], [9, 1], [1, 1], [18, 200, 1], [19, 1, 0, 1, 1]]) {
      assertCorrupt(Uint8Array.from(message), 0, message.length);
    }
    assertCorrupt(new Uint8Array(4), 0, 5);
    assertCorrupt(new Uint8Array(4), -1, 4);
  });

  it('are refused when they nest for ever', () => {
    assertCorrupt(new Uint8Array(60_000).fill(9), 0, 60_000);
    assertCorrupt(Uint8Array.from({ length: 60_000 }, (_, i) => (i % 2 === 0 ? 10 : 1)), 0, 60_000);
  });

  it('never crash the decoder when they are random', () => {
    const tags = fc.integer({ min: 0, max: 24 });
    const soup = fc.array(fc.oneof(tags, fc.integer({ min: 0, max: 255 })), { maxLength: 60 });
    fc.assert(fc.property(soup, (message) => decodesOrRefuses(Uint8Array.from(message))), { numRuns: 5000 });
  });

  it('never crash the decoder when one byte of a message is wrong', () => {
    fc.assert(
      fc.property(recipes({ getters: false }), fc.nat(), fc.integer({ min: 0, max: 255 }), (recipe, at, byte) => {
        const end = encode(build(recipe).value, bytes, OFFSET, LIMIT);
        const message = Uint8Array.from(bytes.subarray(OFFSET, end));
        message[at % message.length] = byte;
        decodesOrRefuses(message);
      }),
      { numRuns: 2000 }
    );
  });

  it('do not disturb the messages after them', () => {
    const value = { a: { b: [1, 2] } };
    const end = encode(value, bytes, OFFSET, LIMIT);
    assertCorrupt(bytes, OFFSET, end - 1);
    assertSame(decode(bytes, OFFSET, end), value);
  });
});
