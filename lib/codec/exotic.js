'use strict';

const { types } = require('node:util');
const { isView } = require('./primordials.js');

/** @type {(value: unknown) => boolean} */
const isExternal = types.isExternal ?? (() => false); // Deno has none

/** @type {(value: unknown) => boolean} */
const isRawJSON = /** @type {any} */ (JSON).isRawJSON ?? (() => false); // Node 22 has it

/**
 * @param {object} object
 * @returns {boolean} whether something other than properties makes it up: such objects
 *   can have the prototype of a plain one (arguments objects do, others are made so by
 *   setPrototypeOf), and mostly have no enumerable property
 */
function isExotic (object) {
  return types.isArgumentsObject(object) || types.isMap(object) || types.isSet(object) ||
    types.isDate(object) || types.isRegExp(object) || types.isNativeError(object) ||
    types.isBoxedPrimitive(object) || types.isAnyArrayBuffer(object) || types.isPromise(object) ||
    types.isWeakMap(object) || types.isWeakSet(object) || types.isMapIterator(object) ||
    types.isSetIterator(object) || types.isGeneratorObject(object) ||
    isExternal(object) || isView(object);
}

/**
 * @param {object} object without prototype
 * @returns {boolean} whether it is of the kinds that are born so and are no plain objects
 */
function isExoticBare (object) {
  return types.isModuleNamespaceObject(object) || isRawJSON(object);
}

module.exports = { isExotic, isExoticBare };
