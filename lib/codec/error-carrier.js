'use strict';

const { types } = require('node:util');

const { define, DOMException, structuredClone, SuppressedError } = require('../host');

/**
 * Carries the error of a handler to the thread that awaits the task.
 *
 * Structured clone alone would lose the class, `name`, `code` and every other
 * property of an Error, and fail as a whole on one property that cannot be
 * cloned. So errors travel as nodes: plain objects with the values that were read from
 * them. Links between errors (`cause`, `errors`, properties) are node numbers,
 * which makes cycles harmless.
 */

/** Errors beyond these limits are omitted. */
const MAX_DEPTH = 64;
const MAX_NODES = 1000;

/** Properties nested deeper are left out. The default stack of a main thread suffices for twice as many levels. */
const MAX_VALUE_DEPTH = 1000;

/** @type {Map<string, any>} */
const BUILT_IN = new Map(
  Object.entries({
    Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError, SuppressedError, DOMException
  })
    .filter(([, constructor]) => typeof constructor === 'function')
);

/** @type {Map<object, string>} */
const nameOfPrototype = new Map([...BUILT_IN].map(([name, { prototype }]) => [prototype, name]));

/** Own properties that errors keep non-enumerable, so that a look at the keys misses them. */
const LINKS = ['cause', 'errors', 'error', 'suppressed'];

/** Properties that have their own fields in a node. */
const FIELDS = new Set(['name', 'message', 'stack']);

/**
 * A packed value: either the number of an error's node, or the value itself,
 * or a list of packed values.
 *
 * @typedef {{ node: number } | { value: unknown } | { list: Slot[] }} Slot
 */

/**
 * @typedef {object} ErrorNode
 * @property {string} type the built-in class
 * @property {string | undefined} name
 * @property {{ value: unknown } | undefined} message undefined where the error inherits it
 * @property {string | undefined} stack
 * @property {[key: string, slot: Slot, enumerable: boolean][]} properties
 */

/**
 * @typedef {object} Carrier
 * @property {Slot} root
 * @property {ErrorNode[]} nodes
 */

/**
 * Getters and proxies may throw; whatever they guard counts as absent then.
 *
 * @template T
 * @param {() => T} read
 * @returns {T | undefined}
 */
function attempt (read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * @param {any} value
 * @returns {boolean}
 */
function isError (value) {
  if (typeof value !== 'object' || value === null) return false;
  return types.isNativeError(value) || attempt(() => value instanceof Error) === true;
}

/**
 * @param {object} error
 * @returns {string} the nearest built-in class, by identity or (for errors of other
 *   realms) by name
 */
function typeOf (error) {
  let named;
  let prototype = Object.getPrototypeOf(error);
  while (prototype !== null) {
    const type = nameOfPrototype.get(prototype);
    if (type !== undefined) return type;
    const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    const name = attempt(() => constructor.name);
    if (named === undefined && BUILT_IN.has(name)) named = name;
    prototype = Object.getPrototypeOf(prototype);
  }
  return named ?? 'Error';
}

/**
 * Whether a clone is nested so deep that the main thread may not be able to read it: a Worker's stack is larger than
 * its, and to read a message takes stack for each level.
 *
 * @param {unknown} clone without getters
 * @returns {boolean}
 */
function isDeep (clone) {
  /** @type {Set<object>} */
  const seen = new Set();
  /** @type {unknown[]} */
  let level = [clone];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_VALUE_DEPTH) return true;
    /** @type {unknown[]} */
    const next = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) continue;
      seen.add(value);
      if (types.isMap(value)) for (const [key, item] of value) next.push(key, item);
      if (types.isSet(value)) next.push(...value);
      if (types.isNativeError(value)) next.push(value.cause);
      for (const key of Object.keys(value)) next.push(/** @type {any} */ (value)[key]);
    }
    level = next;
  }
  return false;
}

class Packer {
  /** @type {ErrorNode[]} */
  nodes = [];

  /** @type {Map<object, number>} */
  #numbers = new Map();

  /**
   * @param {any} value
   * @param {number} depth
   * @returns {Slot}
   * @throws where it cannot be carried
   */
  slot (value, depth) {
    if (isError(value)) return this.#error(value, depth);
    // The clone is sent rather than the value: its getters have run already.
    const clone = structuredClone(value);
    if (isDeep(clone)) throw new RangeError('What was thrown is nested too deep');
    return { value: clone };
  }

  /**
   * @param {any} error
   * @param {number} depth
   * @returns {Slot}
   */
  #error (error, depth) {
    const known = this.#numbers.get(error);
    if (known !== undefined) return { node: known };
    if (depth > MAX_DEPTH || this.nodes.length === MAX_NODES) throw new RangeError('too many errors');

    const name = attempt(() => error.name);
    const stack = attempt(() => error.stack);
    /** @type {ErrorNode} */
    const node = {
      type: attempt(() => typeOf(error)) ?? 'Error',
      name: typeof name === 'string' ? name : undefined,
      message: undefined,
      stack: typeof stack === 'string' ? stack : undefined,
      properties: []
    };
    const number = this.nodes.push(node) - 1;
    this.#numbers.set(error, number);

    const message = attempt(() => error.message);
    if (message !== '' || attempt(() => Object.hasOwn(error, 'message'))) {
      node.message = attempt(() => ({ value: structuredClone(message) }));
    }
    for (const key of LINKS) this.#property(node, error, key, false, depth);
    for (const key of attempt(() => Object.keys(error)) ?? []) {
      if (!FIELDS.has(key)) this.#property(node, error, key, true, depth);
    }
    // `code` matters most, and some classes have it as a getter on their prototype.
    if (node.type !== 'DOMException' && !node.properties.some(([key]) => key === 'code')) {
      const code = attempt(() => error.code);
      if (typeof code === 'string' || typeof code === 'number') {
        node.properties.push(['code', { value: code }, false]);
      }
    }
    return { node: number };
  }

  /**
   * @param {ErrorNode} node
   * @param {any} error
   * @param {string} key
   * @param {boolean} enumerable whether to take the property if it is, or if it is not
   * @param {number} depth
   */
  #property (node, error, key, enumerable, depth) {
    const slot = attempt(() => {
      const descriptor = Object.getOwnPropertyDescriptor(error, key);
      if (descriptor === undefined || descriptor.enumerable !== enumerable) return undefined;
      const value = error[key];
      if (key === 'errors' && Array.isArray(value)) return this.#list(value, depth);
      return this.slot(value, depth + 1);
    });
    if (slot !== undefined) node.properties.push([key, slot, enumerable]);
  }

  /**
   * @param {unknown[]} values
   * @param {number} depth
   * @returns {Slot} an array that may hold errors; what cannot be carried in it is left out
   */
  #list (values, depth) {
    const list = [];
    for (let i = 0; i < values.length; i++) {
      const slot = attempt(() => this.slot(values[i], depth + 1));
      if (slot !== undefined) list.push(slot);
    }
    return { list };
  }
}

/**
 * @param {unknown} thrown any value at all
 * @returns {Carrier} plain, and always clonable
 */
function pack (thrown) {
  const packer = new Packer();
  // What is no Error and cannot be cloned gives way to what structured clone
  // says about it. A getter can throw in there, and that may not be clonable either.
  /** @type {unknown} */
  let reason;
  for (const value of [() => thrown, () => reason, () => new Error('The value thrown cannot be cloned')]) {
    try {
      return { root: packer.slot(value(), 0), nodes: packer.nodes };
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

/**
 * @param {Slot} slot
 * @param {Error[]} errors
 * @returns {unknown}
 */
function valueOf (slot, errors) {
  if (isNode(slot)) return errors[slot.node];
  if (isList(slot)) return slot.list.map((item) => valueOf(item, errors));
  return /** @type {{ value: unknown }} */ (slot).value;
}

/** @param {Slot} slot @returns {slot is { node: number }} */
function isNode (slot) {
  return Object.hasOwn(slot, 'node');
}

/** @param {Slot} slot @returns {slot is { list: Slot[] }} */
function isList (slot) {
  return Object.hasOwn(slot, 'list');
}

/**
 * @param {Error} error
 * @param {string} stack
 */
function setStack (error, stack) {
  try {
    define(error, 'stack', stack, false);
  } catch {
    // Node 20 formats the old one first, by `Error.prepareStackTrace` of the user's, which may throw.
    error.stack = stack;
  }
}

/**
 * @param {ErrorNode} node
 * @returns {any} the error, without its properties
 */
function construct ({ type, name, message, stack }) {
  // A DOMException takes its fields from its constructor alone.
  if (type === 'DOMException') {
    const exception = new DOMException(String(message?.value ?? ''), name);
    if (stack !== undefined) setStack(exception, stack);
    return exception;
  }
  const BuiltIn = BUILT_IN.get(type) ?? Error;
  const error = type === 'AggregateError' ? new BuiltIn([]) : new BuiltIn();
  // The stack comes first: replacing it makes some runtimes format the old one,
  // which fails on messages that are no text.
  setStack(error, stack ?? type);
  if (message !== undefined) define(error, 'message', message.value, false);
  if (name !== undefined && error.name !== name) define(error, 'name', name, false);
  // Without a stack of its own it must not show the one of this function.
  if (stack === undefined) error.stack = attempt(() => String(error)) ?? type;
  return error;
}

/**
 * @param {Carrier} carrier from `pack`, cloned or not
 * @returns {any} what was thrown
 */
function unpack ({ root, nodes }) {
  // All errors come first, so that links can lead to any of them.
  const errors = nodes.map(construct);
  nodes.forEach(({ properties }, number) => {
    for (const [key, slot, enumerable] of properties) {
      define(errors[number], key, valueOf(slot, errors), enumerable);
    }
  });
  return valueOf(root, errors);
}

module.exports = { pack, unpack };
