'use strict';

const { isProxy } = require('node:util').types;
const { getOwnPropertyDescriptor, isArray, isView, keys } = require('./primordials.js');

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
        if (getOwnPropertyDescriptor(object, i)?.get !== undefined) return true;
      }
    } else if (!isView(object)) {
      for (const key of keys(object)) {
        if (getOwnPropertyDescriptor(object, key)?.get !== undefined) return true;
      }
    }
  }
  return false;
}

module.exports = { hasAccessor };
