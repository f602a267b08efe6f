'use strict';

const { types } = require('node:util');

const binding = require('./binding');
const { typedArrays } = require('./host');
const {
  isView, arrayBufferByteLength, arrayBufferResizable, typedArrayName, typedArrayBuffer, typedArrayByteOffset,
  typedArrayLength, dataViewBuffer, dataViewByteOffset, dataViewByteLength
} = require('./codec/primordials');

/**
 * Copies of large buffers, for values that are cloned: a clone made by the runtime's serializer blocks the thread
 * several times as long, since it grows its output as it goes, and touches it page by page.
 */

/** Bytes from which the copy is worth a native call. */
const LARGE = 256 * 1024;

/**
 * A private copy of a large buffer, or of a view with the whole of its buffer, as a structured clone has it. The copy's
 * buffer is to be transferred.
 *
 * @param {any} value
 * @returns {{ value: any, buffer: ArrayBuffer } | null} null for everything that is not large, or not plain memory
 */
function copyLarge (value) {
  if (typeof value !== 'object' || value === null) return null;
  const isDataView = types.isDataView(value);
  const source = isDataView ? dataViewBuffer(value) : isView(value) ? typedArrayBuffer(value) : value;
  if (!types.isArrayBuffer(source)) return null;
  const size = arrayBufferByteLength(source);
  if (size < LARGE || arrayBufferResizable?.(source)) return null;

  const View = isDataView ? DataView : typedArrays[/** @type {string} */ (typedArrayName(value))];
  if (source !== value && View === undefined) return null;
  const buffer = new ArrayBuffer(size);
  binding.copyBytes(new Uint8Array(buffer), new Uint8Array(source));
  if (source === value) return { value: buffer, buffer };
  // By the kind that the memory has, not by a class which somebody has derived from it.
  const [offset, length] = isDataView
    ? [dataViewByteOffset(value), dataViewByteLength(value)]
    : [typedArrayByteOffset(value), typedArrayLength(value)];
  return { value: new View(buffer, offset, length), buffer };
}

module.exports = { copyLarge };
