'use strict';

const { MessageChannel } = require('node:worker_threads');

/**
 * What handlers throw, by name. Made anew each time, on either thread.
 *
 * @type {Record<string, () => unknown>}
 */
const thrown = {
  'a plain error': () => new Error('plain'),
  'an error without a message': () => new Error(),
  'each built-in class': () => new AggregateError(
    [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Kind) => new Kind('x')), 'several'),
  'an error with a code and other properties': () =>
    Object.assign(new RangeError('out'), { code: 'ERR_OUT', errno: -2, detail: { list: [1, new Map([[1, /x/]])] } }),
  'a chain of causes': () => new Error('a', { cause: new TypeError('b', { cause: { c: [new RangeError('d')] } }) }),
  'an error that is its own cause': () => {
    const error = new Error('round');
    error.cause = error;
    return error;
  },
  'a cause that is undefined': () => new Error('x', { cause: undefined }),
  'an instance of a class of its own': () => {
    class QuotaError extends RangeError {
      constructor (/** @type {string} */ message) {
        super(message);
        this.name = 'QuotaError';
        this.code = 'ERR_QUOTA';
        this.left = 0n;
      }
    }
    return new QuotaError('over');
  },
  'a frozen error': () => Object.freeze(Object.assign(new Error('frozen'), { code: 'ERR_COLD' })),
  'a DOMException': () => new DOMException('aborted', 'AbortError'),
  'an error with a huge message': () => new Error('m'.repeat(200_000)),
  'an error with huge properties': () => Object.assign(new Error('m'), { text: '\u20ac'.repeat(70_000), list: new Array(9000).fill(1.5) }),
  'an error with a huge stack': () => Object.assign(new Error('m'), { stack: 'at\n'.repeat(50_000) }),
  'an error of the runtime': () => {
    try {
      require('node:fs').readFileSync('/does/not/exist');
    } catch (error) {
      return error;
    }
  },
  'an error with memory in it': () => Object.assign(new Error('m'), { view: new Uint8Array([1, 2, 3]) }),
  null: () => null,
  undefined: () => undefined,
  zero: () => 0,
  'minus zero': () => -0,
  'the empty string': () => '',
  false: () => false,
  NaN: () => NaN,
  'a bigint': () => 7n,
  'a plain object': () => ({ code: 'ERR_PLAIN', inner: [new Date(3)] }),
  'an array of errors': () => [1, { a: 2 }],
  'a long string': () => 's'.repeat(100_000)
};

/**
 * What cannot be cloned, wholly or in part.
 *
 * @type {Record<string, () => unknown>}
 */
const uncloneable = {
  'a symbol': () => Symbol('s'),
  'a function': () => () => {},
  'an object with a function': () => ({ f () {} }),
  'a port': () => new MessageChannel().port1,
  'a proxy': () => new Proxy({}, {})
};

/**
 * @param {number} levels
 * @param {(inner: unknown) => unknown} wrap
 * @returns {Error} with a property that is nested so deep
 */
function withDeep (levels, wrap) {
  /** @type {unknown} */
  let f = 1;
  for (let level = 0; level < levels; level++) f = wrap(f);
  return Object.assign(new Error('m'), { code: 'ERR_F', f, kept: 1 });
}

/** @type {Record<string, () => unknown>} */
const partly = {
  // Some of these a worker can still clone, with its larger stack, and the main thread cannot read.
  ...Object.fromEntries([2_500, 4_000, 5_500, 7_000, 20_000].map((levels) =>
    [`an object ${levels} levels deep`, () => withDeep(levels, (inner) => ({ inner }))])),
  'an array 4,000 levels deep': () => withDeep(4_000, (inner) => [inner]),
  'a Map 4,000 levels deep, by its keys': () => withDeep(4_000, (inner) => new Map([[inner, 1]])),
  'a Set 4,000 levels deep': () => withDeep(4_000, (inner) => new Set([inner])),
  'errors in objects, 4,000 levels deep': () => withDeep(2_000, (inner) => ({ error: new Error('', { cause: inner }) })),
  'a function as a property': () => Object.assign(new Error('m'), { code: 'ERR_F', f () {}, kept: 1 }),
  'a port as a property': () => Object.assign(new Error('m'), { code: 'ERR_F', f: new MessageChannel().port1, kept: 1 }),
  'a getter that throws': () => Object.defineProperty(
    Object.assign(new Error('m'), { code: 'ERR_F', kept: 1 }), 'f', { get () { throw new Error('no'); }, enumerable: true }),
  'a symbol as its cause': () => Object.assign(new Error('m', { cause: Symbol('s') }), { code: 'ERR_F', kept: 1 })
};

const all = { ...thrown, ...uncloneable, ...partly };

module.exports = {
  thrown,
  uncloneable,
  partly,

  throwIt: (/** @type {keyof typeof all} */ name) => { throw all[name](); },

  rejectIt: async (/** @type {keyof typeof all} */ name) => {
    await null;
    throw all[name]();
  },

  /** The error as a result: structured clone alone decides what is left of it. */
  returnIt: (/** @type {keyof typeof all} */ name) => all[name](),

  throwPort: (/** @type {any} */ { buffer }) => {
    throw Object.assign(new Error('with memory'), { buffer });
  }
};
