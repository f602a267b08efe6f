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
    doc: 'What was given as bytes is no buffer or view, is detached, shared with another one of the call, or not what ' +
      'the kernel works on.'
  },
  ERR_ROCKPOOL_KERNEL_BUSY: {
    base: Error,
    doc: 'Shared memory that the call needs is in use by another call, and one of the two writes to it.'
  },
  ERR_ROCKPOOL_KERNEL_OUTPUT: {
    base: RangeError,
    doc: 'The output is larger than the buffer that was lent as `out`, than `maxOutputLength`, or than there is memory.'
  },
  ERR_ROCKPOOL_KERNEL_DATA: {
    base: Error,
    doc: 'What was given to decode is corrupt, or of a kind that the kernel does not know.'
  },
  ERR_ROCKPOOL_KERNEL_DATA_TRUNCATED: {
    base: Error,
    doc: 'What was given to decode ends too early.'
  },
  ERR_ROCKPOOL_KERNEL_DATA_TRAILING: {
    base: Error,
    doc: 'Behind what was given to decode there is something else.'
  },
  ERR_ROCKPOOL_KERNEL_AUTHENTICATION: {
    base: Error,
    doc: 'What was given to open was not sealed with this key, nonce, tag and associated data.'
  },
  ERR_ROCKPOOL_KERNEL_THREADS: {
    base: Error,
    doc: 'The kernel threads cannot be started, or run already with another number of threads.'
  },
  ERR_ROCKPOOL_KERNEL_PANIC: {
    base: Error,
    doc: 'The kernel hit a bug of its own; `buffer` is the memory in whatever state it was left.'
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
