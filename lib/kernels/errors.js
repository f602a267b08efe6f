'use strict';

const { captureStackTrace } = require('../host');

/**
 * The errors of kernels, by code; the same shape as the table in `lib/errors.js`. The native side sends codes and
 * messages, this table says which class they are.
 *
 * @type {Readonly<Record<string, Readonly<{ base: new (message: string) => Error, doc: string }>>>}
 */
const codes = Object.freeze({
  ERR_ROCKPOOL_UNKNOWN_KERNEL: {
    base: TypeError,
    doc: 'No kernel has this name; the message lists the known ones.'
  },
  ERR_ROCKPOOL_KERNEL_PARAMETER: {
    base: TypeError,
    doc: 'A kernel\'s parameter is unknown, missing or of the wrong type; nothing was taken.'
  },
  ERR_ROCKPOOL_KERNEL_RANGE: {
    base: RangeError,
    doc: 'A kernel\'s parameter, or a size that follows from it, is out of range; nothing was taken.'
  },
  ERR_ROCKPOOL_KERNEL_INPUT: {
    base: TypeError,
    doc: 'The input is not a buffer or view, is detached, overlaps another input of the call, or has a type that the ' +
      'kernel does not accept.'
  },
  ERR_ROCKPOOL_KERNEL_BUSY: {
    base: Error,
    doc: 'Shared memory that the call needs is in use by another call, and one of the two writes to it.'
  },
  ERR_ROCKPOOL_KERNEL_OUTPUT: {
    base: RangeError,
    doc: 'The output is larger than the buffer lent as `out`, than `maxOutputLength`, or than the available memory.'
  },
  ERR_ROCKPOOL_KERNEL_DATA: {
    base: Error,
    doc: 'The compressed data is corrupt, or in a format that the kernel does not support.'
  },
  ERR_ROCKPOOL_KERNEL_DATA_TRUNCATED: {
    base: Error,
    doc: 'The compressed data ends too early.'
  },
  ERR_ROCKPOOL_KERNEL_DATA_TRAILING: {
    base: Error,
    doc: 'Trailing data after the compressed stream.'
  },
  ERR_ROCKPOOL_KERNEL_AUTHENTICATION: {
    base: Error,
    doc: 'Authentication failed: wrong key, nonce, tag or associated data, or altered data.'
  },
  ERR_ROCKPOOL_KERNEL_THREADS: {
    base: Error,
    doc: 'The kernel threads cannot be started, or already run with another number of threads.'
  },
  ERR_ROCKPOOL_KERNEL_PANIC: {
    base: Error,
    doc: 'The kernel has a bug; `buffer` is the memory in the state in which the kernel left it.'
  }
});

/**
 * @param {string} code
 * @param {string} message
 * @returns {Error & { code: string, buffer?: unknown }}
 */
function kernelError (code, message) {
  const { base: Base } = codes[code] ?? { base: Error };
  const error = new Base(message);
  captureStackTrace?.(error, kernelError);
  return Object.assign(error, { code });
}

/**
 * The right class for an error that the native side has thrown.
 *
 * @param {any} thrown
 * @returns {Error & { code: string }}
 */
function fromNative (thrown) {
  return kernelError(String(thrown?.code), String(thrown?.message));
}

module.exports = { codes, kernelError, fromNative };
