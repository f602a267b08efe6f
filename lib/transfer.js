'use strict';

const { types } = require('node:util');
const workerThreads = require('node:worker_threads');

const { typedArrayName } = require('./codec/primordials');
const { define, structuredClone, typedArrays } = require('./host');
const { kMovable, kTransferable, kValue } = require('./symbols');

/**
 * An object that says itself what to transfer and what to send in its place.
 *
 * @typedef {object} Transferable
 */

/** A value that is transferred as it is: an ArrayBuffer, a MessagePort … */
class DirectlyTransferable {
  #value;

  /** @param {object} value */
  constructor (value) {
    this.#value = value;
  }

  get [kTransferable] () { return this.#value; }

  get [kValue] () { return this.#value; }
}

/** A view: its buffer is transferred, the view itself is sent and arrives over the moved memory. */
class ViewTransferable {
  #view;

  /** @param {ArrayBufferView} view */
  constructor (view) {
    this.#view = view;
  }

  get [kTransferable] () { return this.#view.buffer; }

  get [kValue] () { return this.#view; }
}

/** Stands in for a `Transferable` of the user's that cannot be marked, because it is frozen. */
class DelegatingTransferable {
  #target;

  /** @param {any} target */
  constructor (target) {
    this.#target = target;
  }

  get [kTransferable] () { return this.#target[kTransferable]; }

  get [kValue] () { return this.#target[kValue]; }
}

/**
 * @param {any} value
 * @returns {boolean} Whether the value says what to transfer.
 */
function isTransferable (value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return kTransferable in value && kValue in value;
  } catch {
    // A proxy whose traps throw. The caller gets the error of cloning.
    return false;
  }
}

/**
 * Whether `move()` returned the value: ours, or that of a piscina which a worker file has loaded. Its mark is a symbol
 * of its own copy, so it is known by its description.
 *
 * @param {any} value
 * @returns {boolean}
 */
function isMovable (value) {
  if (!isTransferable(value)) return false;
  if (value[kMovable] === true) return true;
  return Object.getOwnPropertySymbols(value)
    .some((symbol) => symbol.description === kMovable.description && value[symbol] === true);
}

/**
 * @template {object} T
 * @param {T} value
 * @returns {T}
 */
function markMovable (value) {
  define(value, kMovable, true, false);
  return value;
}

/**
 * Marks a value to be transferred instead of copied. Nothing happens to it yet: its memory moves when the task is
 * submitted, or when the handler returns it. A view takes its whole buffer with it, other views of that buffer too.
 *
 * @param {any} value An ArrayBuffer, a view of one, a MessagePort or the like, or a `Transferable`.
 * @returns {any} A wrapper to pass to `run()` or to return from a handler; a primitive or a function as it came.
 */
function move (value) {
  if (typeof value !== 'object' || value === null) return value;
  if (isTransferable(value)) {
    return markMovable(Object.isExtensible(value) || isMovable(value) ? value : new DelegatingTransferable(value));
  }
  return markMovable(ArrayBuffer.isView(value) ? new ViewTransferable(value) : new DirectlyTransferable(value));
}

const { isMarkedAsUntransferable } = /** @type {any} */ (workerThreads);

/**
 * Whether Node refuses to transfer the buffer: above all the slab that small Buffers share. Node 20 can't tell, and
 * clones such a buffer where it stands in a transfer list. From Node 21 on it is an error, and this function tells.
 *
 * @type {(buffer: unknown) => boolean}
 */
const isUntransferable = isMarkedAsUntransferable ?? (() => false);

/**
 * Takes a value out of its `move()` wrapper and adds its objects to the transfer list. Memory that Node refuses to
 * move, a pooled Buffer's, is copied: moving is a way to be fast, and a caller can't see which Buffers are pooled.
 *
 * @param {any} value Anything; only a wrapper is changed.
 * @param {readonly any[]} [transferList] The caller's own list; not changed.
 * @returns {{ value: any, transferList: any[] }}
 */
function unwrapMovable (value, transferList = []) {
  const list = [...transferList];
  if (!isMovable(value)) return { value, transferList: list };

  const named = value[kTransferable];
  const unwrapped = value[kValue];
  const wanted = Array.isArray(named) ? named : [named];

  // All that is to move is the memory of the view.
  if (wanted.length === 1 && ArrayBuffer.isView(unwrapped) && wanted[0] === unwrapped.buffer) {
    const view = withMovableMemory(unwrapped);
    if (!types.isSharedArrayBuffer(view.buffer)) list.push(view.buffer);
    return { value: view, transferList: list };
  }

  for (const item of wanted) {
    // Shared memory needs no moving: it is shared by being sent.
    if (!isUntransferable(item) && !types.isSharedArrayBuffer(item)) list.push(item);
  }
  return { value: unwrapped, transferList: list };
}

/**
 * The view itself if its memory can be moved. If not, a view of its bytes alone: its whole buffer would take other
 * Buffers' bytes along.
 *
 * @param {ArrayBufferView} view
 * @returns {ArrayBufferView}
 */
function withMovableMemory (view) {
  const { buffer } = view;
  if (types.isSharedArrayBuffer(buffer)) return view;
  if (isMarkedAsUntransferable !== undefined) return isUntransferable(buffer) ? copyOfView(view) : view;
  // A view of a whole buffer can take nothing along.
  if (view.byteLength === buffer.byteLength) return view;
  // Node 20 does not tell. So the memory is moved within this thread: if the buffer is still attached then, Node has
  // refused, and cloned it.
  const moved = structuredClone(view, { transfer: [buffer] });
  return buffer.byteLength === 0 ? moved : copyOfView(view);
}

/**
 * A view of the same kind over memory of its own. (A Buffer becomes a Uint8Array, and a derived class its base, as they
 * do in every clone.)
 *
 * @param {ArrayBufferView} view
 * @returns {ArrayBufferView}
 */
function copyOfView (view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const View = types.isDataView(view) ? DataView : typedArrays[typedArrayName(view)];
  return new View(bytes);
}

module.exports = { move, isTransferable, isMovable, markMovable, unwrapMovable, isUntransferable };
