'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { assertSame, assertSameOutcome, outcomeOf } = require('./same.js');

const shared = { a: 1 };
const circle = () => {
  /** @type {any} */
  const a = { b: {} };
  a.b.c = a;
  return a;
};
const unrolled = () => {
  const a = circle();
  a.b.c = { b: a.b };
  return a;
};

/** Pairs that a lax comparison takes for equal. */
const different = /** @type {[string, unknown, unknown][]} */ ([
  ['0 and -0', 0, -0],
  ['NaN and undefined', NaN, undefined],
  ['null and undefined', null, undefined],
  ['1 and 1n', 1, 1n],
  ['a string and a boxed one', 'a', Object('a')],
  ['lone surrogates', '\ud800', '\ud801'],
  ['key order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['an absent and an undefined property', {}, { a: undefined }],
  ['a hole and undefined', [, 1], [undefined, 1]],
  ['array lengths', [1], Object.assign([1], { length: 2 })],
  ['a named property of an array', [1], Object.assign([1], { x: 1 })],
  ['prototypes', {}, Object.create(null)],
  ['a class instance and a plain object', new (class {})(), {}],
  ['an own and a set __proto__', JSON.parse('{"__proto__":{}}'), {}],
  ['enumerability', { a: 1 }, Object.defineProperty({}, 'a', { value: 1, writable: true, configurable: true })],
  ['an accessor and a value', { get a () { return 1; } }, { a: 1 }],
  ['frozen and not', Object.freeze({ a: 1 }), { a: 1 }],
  ['shared and equal', [shared, shared], [{ a: 1 }, { a: 1 }]],
  ['equal and shared', [{ a: 1 }, { a: 1 }], [shared, shared]],
  ['cycles of another length', circle(), unrolled()],
  ['invalid and valid dates', new Date(NaN), new Date(0)],
  ['a date and an object of its prototype', new Date(0), Object.create(Date.prototype)],
  ['the order of a map', new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])],
  ['what a map holds', new Map([[1, {}]]), new Map([[1, []]])],
  ['what a set holds', new Set([{}]), new Set([[]])],
  ['kinds of views', new Uint8Array(2), new Int8Array(2)],
  ['a Buffer and a Uint8Array', Buffer.alloc(2), new Uint8Array(2)],
  ['byteOffset', new Uint8Array(new ArrayBuffer(4), 0, 2), new Uint8Array(new ArrayBuffer(4), 2, 2)],
  ['the length of the buffer', new Uint8Array(new ArrayBuffer(4), 0, 2), new Uint8Array(2)],
  ['bytes outside of the view', new Uint8Array(new Uint8Array([1, 2]).buffer, 0, 1), new Uint8Array(new Uint8Array([1, 3]).buffer, 0, 1)],
  ['one buffer or two', [new Uint8Array(4), new Uint8Array(4)], ((b) => [new Uint8Array(b), new Uint8Array(b)])(new ArrayBuffer(4))],
  ['a resizable buffer', new ArrayBuffer(4), Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }])],
  ['flags of a pattern', /a/g, /a/i]
]);

describe('the comparison that the fidelity tests trust', () => {
  for (const [name, a, b] of different) {
    it(`tells apart: ${name}`, () => {
      assert.throws(() => assertSame(a, b), assert.AssertionError);
      assert.throws(() => assertSame(b, a), assert.AssertionError);
    });
    it(`takes a clone for the same: ${name}`, () => {
      for (const value of [a, b]) assertSame(structuredClone(value), structuredClone(value));
    });
  }

  it('tells apart outcomes', () => {
    const throwing = (/** @type {Error} */ error) => outcomeOf(() => { throw error; });
    assert.throws(() => assertSameOutcome({ value: 1 }, throwing(new Error('a'))));
    assert.throws(() => assertSameOutcome(throwing(new Error('a')), { value: undefined }));
    assert.throws(() => assertSameOutcome(throwing(new Error('a')), throwing(new Error('b'))));
    assert.throws(() => assertSameOutcome(throwing(new Error('a')), throwing(new TypeError('a'))));
    assertSameOutcome(throwing(new Error('a')), throwing(new Error('a')));
  });
});
