'use strict';

const { isProxy } = require('node:util').types;
const { getOwnPropertyDescriptor, hasOwn, isArray, isView, keys } = require('./primordials.js');

/**
 * @param {object} object
 * @param {PropertyKey} key
 */
function isAccessor (object, key) {
  const descriptor = getOwnPropertyDescriptor(object, key);
  // A descriptor inherits like any other object.
  return descriptor !== undefined && hasOwn(descriptor, 'get') && descriptor.get !== undefined;
}

/**
 * @param {object[]} objects entered by the encoder
 * @param {number} written bytes: at least one for each element read
 * @returns {boolean} whether one of the objects has an accessor that may have run
 */
function hasAccessor (objects, written) {
  for (const object of objects) {
    if (isProxy(object)) continue;
    if (isArray(object)) {
      const length = Math.min(object.length, written);
      for (let i = 0; i < length; i++) {
        if (isAccessor(object, i)) return true;
      }
    } else if (!isView(object)) {
      for (const key of keys(object)) {
        if (isAccessor(object, key)) return true;
      }
    }
  }
  return false;
}

module.exports = { hasAccessor };
