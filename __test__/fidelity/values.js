'use strict';

const fc = require('fast-check');
const vm = require('node:vm');
const { createSecretKey } = require('node:crypto');
const { Blob } = require('node:buffer');
const { MessageChannel } = require('node:worker_threads');

/**
 * Values for the fidelity tests, to be sent by whatever is under test and
 * compared with their structured clone.
 */

/**
 * @param {any} target
 * @param {object} properties
 * @returns {any}
 */
const withProperties = (target, properties) => Object.assign(target, properties);

/**
 * @param {number} depth
 * @param {(inner: unknown) => unknown} wrap
 * @returns {unknown}
 */
function nested (depth, wrap) {
  /** @type {unknown} */
  let value = 'innermost';
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

// Made once: another one lies elsewhere in the pool.
const pooled = Buffer.from('a pooled one');

class Point {
  x = 1;
  y = { z: 2 };
  get norm () { return 3; }
  move () {}
}

/**
 * @typedef {'inline' | 'port' | 'any'} Lane
 */

/**
 * Each entry makes its value anew. The lane says where the value must go:
 * 'inline' values have to stay cheap, 'port' ones are not the codec's.
 *
 * @type {[name: string, lane: Lane, make: () => unknown][]}
 */
const nasty = [
  ['undefined', 'inline', () => undefined],
  ['null', 'inline', () => null],
  ['booleans', 'inline', () => [true, false]],
  ['minus zero', 'inline', () => [-0, 0, { z: -0 }]],
  ['NaN and the infinities', 'inline', () => [NaN, Infinity, -Infinity]],
  ['the limits of the number encodings', 'inline', () => [
    -1, 0, 1, 63, 64, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1,
    2 ** 32, 2 ** 53, -(2 ** 53), 0.1, Number.MAX_VALUE, Number.MIN_VALUE, 5e-324
  ]],
  ['bigints', 'inline', () => [
    0n, 1n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 64n,
    3n ** 999n, -(3n ** 999n)
  ]],
  ['the empty string', 'inline', () => ['', { '': '' }]],
  ['strings around each length limit', 'inline', () =>
    [1, 2, 31, 32, 33, 47, 48, 49, 127, 128, 250, 251, 1000].flatMap((n) => [
      'a'.repeat(n), '\xff'.repeat(n), '\u0100'.repeat(n), `${'b'.repeat(n - 1)}\u20ac`,
      `${'c'.repeat(n - 1)}\xe9`
    ])],
  ['lone surrogates', 'inline', () => [
    '\ud800', '\udfff', 'a\udc00b', '\ud800'.repeat(100), '\u{1f600}', '\udc00\ud800',
    { '\ud800': '\udc00' }
  ]],
  ['NUL and control characters', 'inline', () => ['\0', 'a\0b', '\x7f\x80\xff', { '\0': 1 }]],
  ['a sliced and a concatenated string', 'inline', () => {
    const long = 'abcdefghijklmnopqrstuvwxyz'.repeat(4);
    return [long.slice(3, 40), `${long}${String(long.length)}`, `${long}\u20ac${long}`.slice(1, 90)];
  }],
  ['an own __proto__', 'inline', () => JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":null}}')],
  ['keys that Object.prototype has', 'inline', () => ({
    constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: { toString: null }, __defineGetter__: 4
  })],
  ['keys of every length', 'inline', () =>
    Object.fromEntries([1, 20, 31, 32, 33, 48, 49, 127, 128, 249, 250, 251, 252, 255, 256, 300]
      .flatMap((n) => [['k'.repeat(n), n], ['\xe9'.repeat(n), n], ['\u20ac'.repeat(n), n]]))],
  ['integer keys before the others', 'inline', () => ({ b: 1, 2: 2, a: 3, 1: 4, '-1': 5, '01': 6, 4294967295: 7 })],
  ['a large object', 'inline', () =>
    Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key${i}`, i]))],
  ['an object that lost properties', 'inline', () => {
    /** @type {any} */
    const object = { a: 1, b: 2, c: 3 };
    delete object.a;
    object.a = 4;
    return object;
  }],
  ['symbol keys and non-enumerable properties', 'inline', () => {
    const object = { a: 1, [Symbol('s')]: 2, [Symbol.toStringTag]: 'X' };
    return Object.defineProperty(object, 'hidden', { value: () => {} });
  }],
  ['a getter', 'inline', () => ({ get a () { return { b: 1 }; }, c: 2 })],
  ['a toStringTag that throws', 'inline', () => ({ get [Symbol.toStringTag] () { throw new Error('read'); } })],
  ['a setter alone', 'inline', () => ({ set a (/** @type {any} */ _) {}, b: 1 })],
  ['a frozen object and a frozen array', 'inline', () => Object.freeze([Object.freeze({ a: 1 })])],
  ['an object without prototype', 'inline', () => withProperties(Object.create(null), { a: Object.create(null) })],
  ['empty containers', 'inline', () => [{}, [], new Map(), new Set(), { a: {}, b: [] }]],
  ['a shared object', 'inline', () => {
    const object = { a: 1 };
    return { x: object, y: [object, object] };
  }],
  ['a circle', 'inline', () => {
    /** @type {any} */
    const object = { list: [] };
    object.self = object;
    object.list.push(object, object.list);
    return object;
  }],
  ['more objects than a short search covers, all shared', 'inline', () => {
    const objects = Array.from({ length: 100 }, (_, i) => ({ i }));
    return { objects, again: [...objects].reverse() };
  }],
  ['same shapes, one after the other', 'inline', () =>
    Array.from({ length: 50 }, (_, i) => ({ id: i, name: `n${i}`, tags: ['x'], at: { x: i / 2, y: -i } }))],
  ['shapes that share a beginning', 'inline', () => [
    { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, { a: 1, c: 2 }, { a: 1, b: { a: 1 } }, { b: 1, a: 2 },
    { ab: 1 }, { a: 1, bc: 2 }
  ]],
  ['a hole', 'inline', () => [1, , 3, , undefined]],
  ['only holes', 'inline', () => new Array(5)],
  ['a length beyond the last element', 'inline', () => withProperties([1, 2], { length: 4 })],
  ['a very long sparse array', 'port', () => withProperties([1], { length: 2 ** 32 - 1 })],
  ['named properties on an array', 'any', () => withProperties([1, 2], { name: 'x' })],
  ['a hole and a named property', 'any', () => withProperties([1, , 2], { name: undefined })],
  ['a named property on an empty array', 'any', () => withProperties([], { 4294967295: 'not an index' })],
  ['a non-enumerable element', 'any', () => Object.defineProperty([1, 2], 0, { enumerable: false })],
  ['a non-enumerable element and a named property', 'any', () =>
    withProperties(Object.defineProperty([1, 2], 0, { enumerable: false }), { name: 'x' })],
  ['a match', 'any', () => /(?<year>\d+)-(\d+)/.exec('on 2024-05')],
  ['a getter as an element', 'any', () => Object.defineProperty([1, 2, 3], 1, { get: () => 7, enumerable: true })],
  ['a subclass of Array', 'any', () => new (class List extends Array {})(1, 2, 3)],
  ['arrays of each element kind', 'inline', () => [
    [1, 2, 3], [1.5, 2.5], [1.5, , 2], ['a', {}], [undefined, undefined], [1, 2.5, 'x', null]
  ]],
  ['an array of arrays', 'inline', () => [[], [[]], [[], [1]]]],
  ['dates', 'inline', () => [new Date(0), new Date(-1), new Date(NaN), new Date(8.64e15)]],
  ['one date twice', 'inline', () => {
    const date = new Date(5);
    return [date, date, { date }];
  }],
  ['a date with properties', 'any', () => withProperties(new Date(5), { a: 1 })],
  ['an object of the prototype of Date', 'any', () => withProperties(Object.create(Date.prototype), { a: 1 })],
  ['a map', 'inline', () => new Map(/** @type {any} */ ([[1, 'a'], [{ k: 1 }, new Map()], [NaN, -0], [null, undefined]]))],
  ['a set', 'inline', () => new Set([1, 'a', { b: 1 }, NaN, new Set()])],
  ['a map that holds itself', 'inline', () => {
    const map = new Map();
    return map.set(map, [map]).set('x', new Set([map]));
  }],
  ['a map with properties', 'any', () => withProperties(new Map([[1, 2]]), { a: 1 })],
  ['objects of the prototypes of Map and Set', 'any', () => [Object.create(Map.prototype), Object.create(Set.prototype)]],
  ['subclasses of Map and Set', 'any', () => [new (class M extends Map {})([[1, 2]]), new (class S extends Set {})([1])]],
  ['boxed primitives', 'any', () => [Object(1), Object('ab'), Object(true), Object(2n)]],
  ['patterns', 'any', () => [/a/g, withProperties(/b/giu, { lastIndex: 3 }), new RegExp('/')]],
  ['each kind of typed array', 'inline', () => [
    new Int8Array([-1]), new Uint8Array([255]), new Uint8ClampedArray([300]), new Int16Array([-2]),
    new Uint16Array([65535]), new Int32Array([-3]), new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5]), new Float64Array([-0, NaN]), new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n])
  ]],
  ['a Float16Array', 'any', () => Reflect.has(globalThis, 'Float16Array') ? new (/** @type {any} */ (globalThis).Float16Array)([1]) : 0],
  ['a view of a part', 'inline', () => new Uint16Array(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer, 2, 2)],
  ['views of one buffer', 'inline', () => {
    const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
    return [new Uint8Array(buffer, 1, 2), buffer, new DataView(buffer, 2), new Uint8Array(buffer)];
  }],
  ['a DataView', 'inline', () => new DataView(new ArrayBuffer(8), 3, 4)],
  ['a view of nothing', 'any', () => [new Uint8Array(0), new DataView(new ArrayBuffer(0)), new ArrayBuffer(0)]],
  ['an empty view of a buffer', 'inline', () => new Uint8Array(new ArrayBuffer(4), 4, 0)],
  ['an ArrayBuffer', 'inline', () => new Uint8Array([1, 2, 3]).buffer],
  ['a pooled Buffer', 'any', () => pooled],
  ['a Buffer of its own', 'inline', () => Buffer.alloc(10, 'x')],
  ['a view with properties', 'any', () => withProperties(new Uint8Array(2), { a: () => {} })],
  ['a resizable buffer alone', 'any', () => Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }])],
  ['a resizable buffer and its views', 'any', () => {
    const buffer = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]);
    return [buffer, new Uint8Array(buffer), new Uint8Array(buffer, 1, 2), new DataView(buffer)];
  }],
  ['a view out of bounds', 'any', () => {
    const buffer = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 8 }]);
    const view = new DataView(buffer, 4, 4);
    /** @type {any} */ (buffer).resize(2);
    return view;
  }],
  ['a detached buffer', 'port', () => {
    const buffer = new ArrayBuffer(4);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  }],
  ['a view of a detached buffer', 'port', () => {
    const view = new Uint8Array(4);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return { view };
  }],
  ['a DataView of a detached buffer', 'port', () => {
    const view = new DataView(new ArrayBuffer(4));
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  }],
  ['a class instance', 'any', () => ({ point: new Point() })],
  ['an object with a plain object as its prototype', 'any', () => withProperties(Object.create({ inherited: 1 }), { own: 2 })],
  ['an object that inherits a getter', 'any', () => Object.create({ get a () { throw new Error('inherited'); } })],
  ['an object of another realm', 'any', () => vm.runInNewContext('({ a: [1, { b: new Date(3) }], m: new Map([[1, 2]]) })')],
  ['errors', 'port', () => {
    const error = new TypeError('message', { cause: { a: 1 } });
    error.stack = 'stack';
    return { error };
  }],
  ['math', 'any', () => Math],
  ['prototypes as values', 'any', () => [Object.prototype, Array.prototype, Date.prototype, Promise.prototype]],
  ['a map that pretends to be plain', 'any', () => Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)],
  ['a date that pretends to be plain', 'any', () => [Object.setPrototypeOf(new Date(3), null), Object.setPrototypeOf(new Date(3), Object.prototype)]],
  ['an array that pretends to be plain', 'any', () => Object.setPrototypeOf([1, 2], Object.prototype)],
  ['a plain object that pretends to be an array', 'any', () => withProperties(Object.create(Array.prototype), { 0: 1, length: 1 })],
  ['a view that pretends to be plain', 'any', () => Object.setPrototypeOf(new Uint8Array([1, 2]), null)],
  ['as deep as the codec goes', 'any', () => nested(250, (inner) => ({ inner }))],
  ['deeper than the codec goes', 'port', () => nested(300, (inner) => [inner])],
  ['a binary tree', 'inline', () => nested(10, (inner) => ({ left: inner, right: inner }))],
  ['a string that is too long', 'port', () => ({ a: 1, text: 'x'.repeat(100_000) })],
  ['an array that is too long', 'port', () => Array.from({ length: 100_000 }, (_, i) => i)],
  ['a buffer that is too long', 'port', () => new Uint8Array(100_000).fill(7)],
  ['a bigint that is too long', 'port', () => 2n ** 400_000n],
  ['the environment', 'any', () => withProperties({}, { env: process.env })]
];

/**
 * Values that structured clone refuses.
 *
 * @type {[name: string, make: () => unknown][]}
 */
const uncloneable = [
  ['a function', () => () => {}],
  ['a function inside', () => ({ a: 1, f () {} })],
  ['a symbol', () => Symbol('s')],
  ['a symbol inside', () => [Symbol.iterator]],
  ['a boxed symbol', () => Object(Symbol('s'))],
  ['a proxy of an object', () => new Proxy({ a: 1 }, {})],
  ['a proxy of an array', () => ({ list: new Proxy([1], {}) })],
  ['a proxy of a map', () => new Proxy(new Map(), {})],
  ['a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return [proxy];
  }],
  ['a proxy whose traps all throw', () => {
    const trap = () => { throw new Error('a trap was sprung'); };
    return new Proxy({ a: 1 }, new Proxy({}, { get: () => trap }));
  }],
  ['an arguments object', () => (function () { return arguments; })(1, 2)],
  ['an arguments object without arguments', () => (function () { return arguments; })()],
  ['a WeakMap', () => new WeakMap()],
  ['a WeakSet in a map', () => new Map([[1, new WeakSet()]])],
  ['a WeakRef', () => new WeakRef({})],
  ['a promise', () => Promise.resolve()],
  ['a promise that pretends to be plain', () => Object.setPrototypeOf(Promise.resolve(), Object.prototype)],
  ['a generator', () => (function* () { yield 1; })()],
  ['a generator without prototype', () => Object.setPrototypeOf((function* () { yield 1; })(), null)],
  ['an iterator', () => [1].values()],
  ['an iterator of a map', () => new Map().entries()],
  ['a message port that is not transferred', () => {
    const { port1 } = new MessageChannel();
    port1.close();
    return { port1 };
  }],
  ['an Intl object', () => new Intl.NumberFormat('en')],
  ['a getter that throws', () => ({ get a () { throw new RangeError('from the getter'); } })],
  ['a getter that returns a function', () => ({ get a () { return () => {}; } })],
  ['raw JSON', () => 'rawJSON' in JSON ? /** @type {any} */ (JSON).rawJSON('1') : () => {}]
];

/**
 * Cloneable only by the runtime; made and compared by the tests that know them.
 *
 * @type {[name: string, make: () => unknown][]}
 */
const hostObjects = [
  ['a KeyObject', () => createSecretKey(Buffer.from('secret'))],
  ['a Blob', () => new Blob(['text'])],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(4)],
  ['a DataView of a SharedArrayBuffer', () => new DataView(new SharedArrayBuffer(4))],
  ['a view of a SharedArrayBuffer', () => new Uint8Array(new SharedArrayBuffer(4), 1, 2)],
  ['a WebAssembly module', () => new (/** @type {any} */ (globalThis).WebAssembly.Module)(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))]
];

// Generated values come from recipes, so that the same value can be built
// twice: its getters leave traces, and one of the two is for structured clone.

/**
 * @typedef {{ kind: string, [field: string]: any }} Recipe
 */

const latin1Unit = fc.integer({ min: 0, max: 0xff }).map((unit) => String.fromCharCode(unit));
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const strings = fc.oneof(
  fc.string(),
  fc.string({ unit: latin1Unit, maxLength: 200 }),
  fc.string({ unit: anyUnit, maxLength: 200 })
);
const keys = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'id', 'name', 'value') },
  { weight: 2, arbitrary: strings },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '', '0', '7', '-1', 'length') }
);
const primitives = fc.oneof(
  fc.integer(),
  fc.integer({ min: -200, max: 200 }),
  fc.double(),
  strings,
  fc.boolean(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.constantFrom(undefined, null, -0, NaN, Infinity, 2 ** 31, -(2 ** 31))
);

const leaves = fc.oneof(
  { weight: 8, arbitrary: primitives.map((value) => ({ kind: 'primitive', value })) },
  { weight: 2, arbitrary: fc.nat(20).map((number) => ({ kind: 'link', number })) },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: false }).map((date) => ({ kind: 'date', time: date.getTime() })) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('view'),
      type: fc.constantFrom('Uint8Array', 'Float64Array', 'BigInt64Array', 'DataView', 'Int16Array'),
      bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      offset: fc.constantFrom(0, 8)
    })
  }
);

/** What makes the encoder give up, or structured clone fail. */
const stumblingBlocks = fc.constantFrom('pattern', 'instance', 'tooLong', 'function', 'error');

/**
 * @param {{ getters: boolean }} options whether there are accessors and values for the port lane
 * @returns {import('fast-check').Arbitrary<Recipe>}
 */
function recipes ({ getters }) {
  const { value } = fc.letrec((/** @type {(key: string) => import('fast-check').Arbitrary<any>} */ tie) => {
    const property = fc.record({
      key: keys,
      value: tie('value'),
      getter: getters ? fc.boolean() : fc.constant(false)
    });
    /** @type {import('fast-check').WeightedArbitrary<Recipe>[]} */
    const branches = [
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('object'),
          properties: fc.array(property, { maxLength: 6 }),
          bare: fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
        })
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('array'),
          items: fc.array(fc.oneof({ weight: 9, arbitrary: tie('value') }, { weight: 1, arbitrary: fc.constant({ kind: 'hole' }) }), { maxLength: 6 })
        })
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constantFrom('map', 'set'), items: fc.array(tie('value'), { maxLength: 4 }) })
      }
    ];
    if (getters) branches.push({ weight: 1, arbitrary: stumblingBlocks.map((what) => ({ kind: 'block', what })) });
    return {
      value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, { weight: 6, arbitrary: leaves }, ...branches)
    };
  });
  return /** @type {any} */ (value);
}

/**
 * @param {Recipe} recipe
 * @returns {{ value: any, log: string[] }} the value, and the getters that have run since
 */
function build (recipe) {
  /** @type {object[]} */
  const made = [];
  /** @type {string[]} */
  const log = [];

  /**
   * @param {Recipe} part
   * @param {string} path
   * @returns {any}
   */
  function make (part, path) {
    switch (part.kind) {
      case 'primitive': return part.value;
      case 'link': return made.length === 0 ? null : made[part.number % made.length];
      case 'date': return keep(new Date(part.time));
      case 'view': {
        const { buffer } = keep(Uint8Array.from(part.bytes));
        return keep(new (/** @type {any} */ (globalThis)[part.type])(buffer, part.offset));
      }
      case 'block': return makeBlock(part.what);
      case 'map': {
        const map = keep(new Map());
        part.items.forEach((/** @type {Recipe} */ item, /** @type {number} */ i) => {
          const made = make(item, `${path}.${i}`);
          map.set(i % 2 === 0 ? made : i, made);
        });
        return map;
      }
      case 'set': {
        const set = keep(new Set());
        part.items.forEach((/** @type {Recipe} */ item, /** @type {number} */ i) => set.add(make(item, `${path}.${i}`)));
        return set;
      }
      case 'array': {
        const array = keep(new Array(part.items.length));
        part.items.forEach((/** @type {Recipe} */ item, /** @type {number} */ i) => {
          if (item.kind !== 'hole') array[i] = make(item, `${path}.${i}`);
        });
        return array;
      }
      default: {
        const object = keep(part.bare ? Object.create(null) : {});
        for (const { key, value, getter } of part.properties) {
          const at = `${path}.${key}`;
          const made = make(value, at);
          const flags = { enumerable: true, configurable: true };
          if (getter) {
            Object.defineProperty(object, key, { get: () => (log.push(at), made), ...flags });
          } else {
            Object.defineProperty(object, key, { value: made, writable: true, ...flags });
          }
        }
        return object;
      }
    }
  }

  /**
   * @template {object} T
   * @param {T} object
   * @returns {T}
   */
  function keep (object) {
    made.push(object);
    return object;
  }

  /**
   * @param {string} what
   * @returns {unknown}
   */
  function makeBlock (what) {
    switch (what) {
      case 'pattern': return /x/;
      case 'instance': return Object.assign(new Point(), { made: made[0] });
      case 'tooLong': return 'long'.repeat(20_000);
      case 'error': {
        const error = new TypeError('an error', { cause: made[0] });
        error.stack = 'stack';
        return error;
      }
      default: return () => {};
    }
  }

  return { value: make(recipe, 'value'), log };
}

module.exports = { nasty, uncloneable, hostObjects, recipes, build, strings, keys, primitives };
