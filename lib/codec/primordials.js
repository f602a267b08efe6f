'use strict';

/**
 * Built-ins as they were when this module was loaded. The codec must see what
 * structured clone sees, and structured clone never looks at a patched method.
 */

const { uncurryThis } = require('../host');

/**
 * The getter of an accessor of a built-in prototype, as a function of the
 * receiver. It throws a TypeError where the receiver lacks the internal slot,
 * which makes it a check that no prototype or toStringTag can deceive.
 *
 * @param {object} prototype
 * @param {string | symbol} name
 * @returns {((receiver: unknown) => any) | undefined} undefined where the runtime has no such accessor
 */
function getterOf (prototype, name) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  return descriptor?.get && uncurryThis(descriptor.get);
}

/**
 * As `getterOf`, for accessors that every supported runtime has.
 *
 * @param {object} prototype
 * @param {string | symbol} name
 * @returns {(receiver: unknown) => any}
 */
function requiredGetterOf (prototype, name) {
  const getter = getterOf(prototype, name);
  if (getter === undefined) throw new Error(`no accessor ${String(name)}`);
  return getter;
}

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);

module.exports = {
  hasOwn: Object.hasOwn,
  getPrototypeOf: Object.getPrototypeOf,
  defineProperty: Object.defineProperty,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  keys: Object.keys,
  isArray: Array.isArray,
  isView: ArrayBuffer.isView,
  dateGetTime: uncurryThis(Date.prototype.getTime),
  mapSize: requiredGetterOf(Map.prototype, 'size'),
  mapForEach: uncurryThis(Map.prototype.forEach),
  mapSet: uncurryThis(Map.prototype.set),
  setSize: requiredGetterOf(Set.prototype, 'size'),
  setForEach: uncurryThis(Set.prototype.forEach),
  setAdd: uncurryThis(Set.prototype.add),
  arrayBufferByteLength: requiredGetterOf(ArrayBuffer.prototype, 'byteLength'),
  arrayBufferResizable: getterOf(ArrayBuffer.prototype, 'resizable'),
  typedArrayName: requiredGetterOf(TypedArrayPrototype, Symbol.toStringTag),
  typedArrayBuffer: requiredGetterOf(TypedArrayPrototype, 'buffer'),
  typedArrayByteOffset: requiredGetterOf(TypedArrayPrototype, 'byteOffset'),
  typedArrayLength: requiredGetterOf(TypedArrayPrototype, 'length'),
  typedArraySet: uncurryThis(TypedArrayPrototype.set),
  dataViewBuffer: requiredGetterOf(DataView.prototype, 'buffer'),
  dataViewByteOffset: requiredGetterOf(DataView.prototype, 'byteOffset'),
  dataViewByteLength: requiredGetterOf(DataView.prototype, 'byteLength')
};
