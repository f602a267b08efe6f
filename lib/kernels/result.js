'use strict';

const { Buffer } = require('../host');
const { limits } = require('../protocol/tables');
const { isBuffer, untyped, viewOf } = require('./elements');

/**
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {import('./lend').Loan} Loan
 * @typedef {import('./call').Work} Work
 *
 * @typedef {object} KernelResult
 * @property {unknown} [value] The answer: bytes, a number, a BigInt, several of them. Missing where the memory says it
 *   all.
 * @property {unknown[]} [values] Of a pipeline: what each step has answered, undefined for those that do not.
 * @property {any} [output] What the kernel has written, where that has a size or a type of its own: in memory of its
 *   own, in that of `out`, or at the beginning of that of `buffer`.
 * @property {Bytes} buffer The memory that was given, as the same kind of view.
 */

/** Where a few numbers are put together. */
const scratch = new Uint8Array(limits.SHORT_LIST);

/**
 * A few numbers as they come from the native side: the number of their element and their bytes, as a string. In a list
 * or an object as well; anything else is what it is.
 *
 * @param {any} value
 */
function unfold (value) {
  if (typeof value === 'string') return unfoldNumbers(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) value[at] = unfold(value[at]);
  } else {
    for (const name of Object.keys(value)) value[name] = unfold(value[name]);
  }
  return value;
}

/** @param {string} text */
function unfoldNumbers (text) {
  const length = text.length - 1;
  for (let at = 0; at < length; at++) scratch[at] = text.charCodeAt(at + 1);
  // A copy, and not made of a buffer: only so V8 keeps it among its own objects.
  return viewOf(text.charCodeAt(0), scratch.buffer, 0, length).slice();
}

/**
 * What a call gives for one input.
 *
 * @param {Work} work
 * @param {Loan} input
 * @param {Loan | null} out
 * @param {unknown} value
 * @param {Uint8Array | undefined} output memory of its own
 * @param {number} written bytes of the result; -1 where the input's memory is all there is
 * @param {number} element
 * @returns {KernelResult}
 */
function resultOf (work, input, out, value, output, written, element) {
  /** @type {KernelResult} */
  const result = { buffer: input.restore() };
  work.answer(result, unfold(value));
  if (written >= 0) {
    const { buffer, byteOffset } = output ?? (out ?? input).bytes;
    // Whoever lends a Buffer for bytes expects one.
    result.output = element === untyped && output === undefined && out !== null && isBuffer(out.restore())
      ? Buffer.from(/** @type {ArrayBuffer} */ (buffer), byteOffset, written)
      : viewOf(element, buffer, byteOffset, written);
  }
  return result;
}

/**
 * What a call gives for each of several inputs.
 *
 * @param {Work} work
 * @param {Loan[]} inputs
 * @param {unknown[]} values
 * @param {(Uint8Array | undefined)[]} outputs
 * @param {number[]} written
 * @param {number[]} elements
 * @returns {KernelResult[]}
 */
function resultsOf (work, inputs, values, outputs, written, elements) {
  return inputs.map((input, at) =>
    resultOf(work, input, null, values[at], outputs[at], written[at], elements[at]));
}

module.exports = { resultOf, resultsOf };
