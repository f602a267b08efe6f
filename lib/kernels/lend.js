'use strict';

const { constants } = require('node:buffer');
const { types } = require('node:util');
// Missing before Node 21, where a transfer of such a buffer silently copies instead.
const { isMarkedAsUntransferable } = /** @type {any} */ (require('node:worker_threads'));
const { Buffer, SharedArrayBuffer, structuredClone, typedArrays } = require('../host');
const { elementOf, isBuffer } = require('./elements');
const { kernelError } = require('./errors');
const { outsideMemory } = require('./outside-memory');

/**
 * @typedef {ArrayBuffer | SharedArrayBuffer | NodeJS.ArrayBufferView} Bytes What a kernel works on.
 *
 * @typedef {object} Loan Bytes that are out of their owner's reach, or that he does not reach for meanwhile.
 * @property {Uint8Array | DataView} bytes What the kernel is to work on.
 * @property {() => Bytes} restore The same memory, as the kind of view that the caller gave.
 */

/** @param {object} prototype @param {PropertyKey} name */
function getter (prototype, name) {
  return /** @type {() => any} */ (Object.getOwnPropertyDescriptor(prototype, name)?.get);
}

// The built-in getters: what a subclass or an own property says of itself must not decide which memory is touched.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const ofTypedArray = {
  buffer: getter(typedArray, 'buffer'),
  byteOffset: getter(typedArray, 'byteOffset'),
  byteLength: getter(typedArray, 'byteLength'),
  tag: getter(typedArray, Symbol.toStringTag)
};
const ofDataView = {
  buffer: getter(DataView.prototype, 'buffer'),
  byteOffset: getter(DataView.prototype, 'byteOffset'),
  byteLength: getter(DataView.prototype, 'byteLength')
};
const byteLengthOf = getter(ArrayBuffer.prototype, 'byteLength');
const sharedByteLengthOf = getter(SharedArrayBuffer.prototype, 'byteLength');
const resizableOf = getter(ArrayBuffer.prototype, 'resizable') ?? (() => false);
const transfer = /** @type {any} */ (ArrayBuffer.prototype).transfer;

/**
 * Takes an ArrayBuffer's memory away from it. It stays at its address.
 *
 * @param {ArrayBuffer} buffer
 * @returns {ArrayBuffer | null} The one object that has the memory now; null where it cannot be taken.
 */
function detachBuffer (buffer) {
  // Asked for first: Node 22's `transfer()` would take the whole slab from under all pooled Buffers.
  if (isMarkedAsUntransferable?.(buffer)) return null;
  try {
    return outsideMemory.during(byteLengthOf.call(buffer), () =>
      // A resizable buffer's memory would be moved by `transfer()`.
      transfer === undefined || resizableOf.call(buffer)
        ? structuredClone(buffer, { transfer: [buffer] })
        : transfer.call(buffer));
  } catch {
    // The memory of a WebAssembly module, for one.
    return null;
  }
}

/**
 * @param {ArrayBuffer | SharedArrayBuffer} buffer
 * @param {number} byteOffset
 * @param {number} byteLength
 * @returns {Uint8Array | DataView} A DataView where a Uint8Array cannot be that long: beyond 4 GiB before Node 22.
 */
function viewBytes (buffer, byteOffset, byteLength) {
  return byteLength > constants.MAX_LENGTH
    ? new DataView(buffer, byteOffset, byteLength)
    : new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Bytes that were looked at and not touched yet. From the first look until they are lent nothing runs that the caller
 * has written, or it could take them away in between: hence the built-in getters, and `isBuffer`.
 */
class Source {
  /** @param {Bytes} given */
  constructor (given) {
    this.given = given;
    this.isView = ArrayBuffer.isView(given);
    /** @type {ArrayBuffer | SharedArrayBuffer} */
    this.buffer = /** @type {any} */ (given);
    this.byteOffset = 0;
    if (this.isView) {
      const of = types.isDataView(given) ? ofDataView : ofTypedArray;
      try {
        this.buffer = of.buffer.call(given);
        this.byteOffset = of.byteOffset.call(given);
        this.byteLength = of.byteLength.call(given);
      } catch {
        // So does a DataView whose buffer was detached or shrunk.
        throw unusable();
      }
    }
    this.isBuffer = isBuffer(given);
    this.element = elementOf(given);
    this.isShared = types.isSharedArrayBuffer(this.buffer);
    /** @type {number} */
    this.byteLength ??= (this.isShared ? sharedByteLengthOf : byteLengthOf).call(this.buffer);
    if (this.byteLength === 0) this.checkEmpty();
  }

  /** Tells what is empty from what is gone. */
  checkEmpty () {
    try {
      // Throws for a detached buffer.
      new Uint8Array(this.buffer);
      // Throws for an array that lies beyond the end of a buffer that has shrunk.
      if (types.isTypedArray(this.given)) typedArray.keys.call(this.given);
    } catch {
      throw unusable();
    }
  }

  /** @returns {Loan} What was given, for an error that comes before it was taken. */
  untouched () {
    const { given } = this;
    return { bytes: new Uint8Array(0), restore: () => given };
  }

  /**
   * The bytes where they are, for a kernel that is over before any other JavaScript runs.
   *
   * @returns {Loan}
   */
  borrow () {
    const { given, buffer, byteOffset, byteLength } = this;
    return { bytes: viewBytes(buffer, byteOffset, byteLength), restore: () => given };
  }

  /**
   * Detaches the caller's buffer; copies where that cannot be; a SharedArrayBuffer stays where it is.
   *
   * @param {Map<ArrayBuffer, ArrayBuffer | null>} [taken] What was detached for the same call before, for other views.
   * @returns {Loan}
   */
  detach (taken) {
    const { buffer, byteOffset, byteLength } = this;
    if (this.isShared) return this.borrow();
    const before = /** @type {ArrayBuffer} */ (buffer);
    if (this.isView && resizableOf.call(before)) return this.detachResizable(before);

    const rebuild = this.rebuilder();
    let own = taken?.get(before);
    if (own === undefined) {
      own = detachBuffer(before);
      taken?.set(before, own);
    }
    if (own === null) {
      const copy = new Uint8Array(before, byteOffset, byteLength).slice();
      return { bytes: copy, restore: () => rebuild(copy.buffer, 0) };
    }
    const memory = own;
    return { bytes: viewBytes(memory, byteOffset, byteLength), restore: () => rebuild(memory, byteOffset) };
  }

  /**
   * A view of a resizable buffer may follow its length, which can be neither asked nor rebuilt; a clone of the view
   * keeps that, and has the same memory.
   *
   * @param {ArrayBuffer} buffer
   * @returns {Loan}
   */
  detachResizable (buffer) {
    const { byteOffset, byteLength } = this;
    const rebuild = this.rebuilder();
    try {
      const own = /** @type {any} */ (outsideMemory.during(byteLengthOf.call(buffer), () =>
        structuredClone(this.given, { transfer: [buffer] })));
      const restore = () => this.isBuffer ? rebuild(own.buffer, byteOffset) : own;
      return { bytes: viewBytes(own.buffer, byteOffset, byteLength), restore };
    } catch {
      const copy = new Uint8Array(buffer, byteOffset, byteLength).slice();
      return { bytes: copy, restore: () => rebuild(copy.buffer, 0) };
    }
  }

  /** @returns {(buffer: ArrayBuffer, byteOffset: number) => Bytes} Makes the caller's kind of view of the memory. */
  rebuilder () {
    const { given, byteLength } = this;
    if (!this.isView) return (buffer) => buffer;
    if (this.isBuffer) return (buffer, byteOffset) => Buffer.from(buffer, byteOffset, byteLength);
    if (types.isDataView(given)) return (buffer, byteOffset) => new DataView(buffer, byteOffset, byteLength);
    const View = typedArrays[ofTypedArray.tag.call(given)];
    // Not asked of the array, which another view of the same buffer may have detached by now.
    const length = byteLength / View.BYTES_PER_ELEMENT;
    return (buffer, byteOffset) => new View(buffer, byteOffset, length);
  }
}

function unusable () {
  return kernelError('ERR_ROCKPOOL_KERNEL_INPUT',
    'the bytes are detached, or out of the bounds of a buffer that has shrunk');
}

/**
 * Looks at bytes without touching them. Throws unless they can be lent.
 *
 * @param {unknown} given
 * @param {string} [name] what the caller calls them
 * @returns {Source}
 */
function inspectBytes (given, name = 'the bytes') {
  if (!types.isAnyArrayBuffer(given) && !ArrayBuffer.isView(given)) {
    throw kernelError('ERR_ROCKPOOL_KERNEL_INPUT',
      `${name} must be an ArrayBuffer, a SharedArrayBuffer or a view, got ${given === null ? 'null' : typeof given}`);
  }
  return new Source(/** @type {Bytes} */ (given));
}

/**
 * Throws where two of the sources of one call share a byte, which one kernel would write while another one reads it, or
 * are views of one resizable buffer, of which only one can be rebuilt.
 *
 * @param {Source[]} sources
 */
function checkApart (sources) {
  /** @type {Map<unknown, Source[]>} */
  const byBuffer = new Map();
  for (const source of sources) {
    const others = byBuffer.get(source.buffer);
    if (others === undefined) byBuffer.set(source.buffer, [source]);
    else others.push(source);
  }
  for (const [buffer, group] of byBuffer) {
    if (group.length === 1) continue;
    const apart = group.filter(({ byteLength }) => byteLength > 0).sort((a, b) => a.byteOffset - b.byteOffset);
    const overlap = apart.some((source, place) => place > 0 &&
      source.byteOffset < apart[place - 1].byteOffset + apart[place - 1].byteLength);
    if (overlap || (types.isArrayBuffer(buffer) && resizableOf.call(buffer))) {
      throw kernelError('ERR_ROCKPOOL_KERNEL_INPUT', overlap
        ? 'two of the buffers of one call share memory'
        : 'two of the buffers of one call are views of one resizable ArrayBuffer');
    }
  }
}

module.exports = { Source, checkApart, inspectBytes };
