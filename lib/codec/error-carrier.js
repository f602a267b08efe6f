'use strict';

const { types } = require('node:util');

/**
 * Carries what a handler threw to the thread that awaits the task.
 *
 * Structured clone alone would lose the class, `name`, `code` and every other
 * property of an Error, and fail as a whole on one property that cannot be
 * cloned. So errors travel as nodes: plain objects that hold what was read from
 * them. Links between errors (`cause`, `errors`, properties) are node numbers,
 * which makes cycles harmless.
 */

/** Errors nested deeper, or more of them, are left out. */
const MAX_DEPTH = 64;
const MAX_NODES = 1000;

/** @type {Map<string, any>} */
const BUILT_IN = new Map(
  [
    'Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError',
    'AggregateError', 'SuppressedError', 'DOMException',
  ]
    .map((name) => /** @type {[string, any]} */ ([name, /** @type {any} */ (globalThis)[name]]))
    .filter(([, constructor]) => typeof constructor === 'function'),
);

/** @type {Map<object, string>} */
const nameOfPrototype = new Map([...BUILT_IN].map(([name, { prototype }]) => [prototype, name]));

/** Own properties that errors keep non-enumerable, so that a look at the keys misses them. */
const LINKS = ['cause', 'errors', 'error', 'suppressed'];

/** What the nodes hold in fields of their own. */
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
 * @property {Slot | undefined} message undefined where the error inherits it
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
function attempt(read) {
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
function isError(value) {
  if (typeof value !== 'object' || value === null) return false;
  return types.isNativeError(value) || attempt(() => value instanceof Error) === true;
}

/**
 * @param {object} error
 * @returns {string} the nearest built-in class, by identity or (for errors of other
 *   realms) by name
 */
function typeOf(error) {
  let named;
  let prototype = Object.getPrototypeOf(error);
  for (let i = 0; prototype !== null && i < MAX_DEPTH; i++) {
    const type = nameOfPrototype.get(prototype);
    if (type !== undefined) return type;
    const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    const name = attempt(() => constructor.name);
    if (named === undefined && name !== 'DOMException' && BUILT_IN.has(name)) named = name;
    prototype = Object.getPrototypeOf(prototype);
  }
  return named ?? 'Error';
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
  slot(value, depth) {
    if (isError(value)) return this.#error(value, depth);
    // The clone is sent rather than the value: its getters have run already.
    return { value: structuredClone(value) };
  }

  /**
   * @param {any} error
   * @param {number} depth
   * @returns {Slot}
   */
  #error(error, depth) {
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
      properties: [],
    };
    const number = this.nodes.push(node) - 1;
    this.#numbers.set(error, number);

    const message = attempt(() => error.message);
    if (message !== '' || attempt(() => Object.hasOwn(error, 'message'))) {
      node.message = attempt(() => this.slot(message, depth + 1));
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
  #property(node, error, key, enumerable, depth) {
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
  #list(values, depth) {
    const list = [];
    for (let i = 0; i < values.length && i < MAX_NODES; i++) {
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
function pack(thrown) {
  const packer = new Packer();
  try {
    return { root: packer.slot(thrown, 0), nodes: packer.nodes };
  } catch (error) {
    // No Error, and not clonable: what structured clone says about it goes instead.
    return { root: packer.slot(error, 0), nodes: packer.nodes };
  }
}

/**
 * @param {object} object
 * @param {string} key
 * @param {unknown} value
 * @param {boolean} enumerable
 */
function define(object, key, value, enumerable) {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}

/**
 * @param {Slot} slot
 * @param {Error[]} errors
 * @returns {unknown}
 */
function valueOf(slot, errors) {
  if ('node' in slot) return errors[slot.node];
  if ('list' in slot) return slot.list.map((item) => valueOf(item, errors));
  return slot.value;
}

/**
 * @param {ErrorNode} node
 * @param {unknown} message
 * @returns {any}
 */
function construct(node, message) {
  if (node.type === 'DOMException') return new DOMException(String(message ?? ''), node.name);
  const BuiltIn = BUILT_IN.get(node.type) ?? Error;
  const error = node.type === 'AggregateError' ? new BuiltIn([]) : new BuiltIn();
  for (const key of LINKS) delete error[key];
  if (node.message !== undefined) define(error, 'message', message, false);
  return error;
}

/**
 * @param {Carrier} carrier from `pack`, cloned or not
 * @returns {any} what was thrown
 */
function unpack({ root, nodes }) {
  // A message is read first, because a DOMException takes it only from its
  // constructor; one that is an error itself is not there yet.
  const errors = nodes.map((node) => {
    const message = node.message && 'value' in node.message ? node.message.value : undefined;
    return construct(node, message);
  });
  nodes.forEach((node, number) => {
    const error = errors[number];
    if (node.message !== undefined && 'node' in node.message) {
      define(error, 'message', valueOf(node.message, errors), false);
    }
    if (node.name !== undefined && error.name !== node.name) define(error, 'name', node.name, false);
    // Without a stack of its own it must not show the one of this function.
    define(error, 'stack', node.stack ?? attempt(() => String(error)) ?? node.type, false);
    for (const [key, slot, enumerable] of node.properties) {
      define(error, key, valueOf(slot, errors), enumerable);
    }
  });
  return valueOf(root, errors);
}

module.exports = { pack, unpack };
