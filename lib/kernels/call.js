'use strict';

const { AsyncResource } = require('node:async_hooks');
const native = require('../binding');
const { AbortError, isAborted, isError, reasonOf, watch } = require('../abort');
const { invalidArgument } = require('../errors');
const { Promise } = require('../host');
const { fromNative, kernelError } = require('./errors');
const { client } = require('./client');
const { checkApart, inspectBytes } = require('./lend');
const { checkOptions, listParameters } = require('./parameters');
const { resultOf, resultsOf } = require('./result');

/**
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {import('./lend').Loan} Loan
 * @typedef {import('./lend').Source} Source
 * @typedef {import('./result').KernelResult} KernelResult
 *
 * @typedef {object} KernelOptions
 * @property {import('../abort').AbortSignalAny} [signal] Cancels the kernel between two of its steps.
 * @property {(progress: { done: number, total: number, unit: string }) => void} [onProgress]
 *   Called at most some 20 times a second.
 * @property {Bytes} [out] A buffer for the output of a kernel that produces one; detached like the input.
 * @property {'interactive' | 'default' | 'background'} [priority] How urgent it is.
 *
 * @typedef {object} Lent What a call works on.
 * @property {Loan[]} inputs
 * @property {Loan | null} out
 * @property {boolean} several Whether a list was given, and is to be given back.
 */

/** One call of a kernel that is on its way. */
class KernelCall {
  /**
   * @param {number} id
   * @param {Work} work
   * @param {Lent} lent
   */
  constructor (id, work, lent) {
    this.id = id;
    this.work = work;
    this.lent = lent;
    /** What progress is counted in, where somebody listens. */
    this.unit = '';
    /** Nanoseconds from the call to its first step on a thread; null before the end. @type {number | null} */
    this.waited = null;
    /** Nanoseconds from the first step to the end; null before the end. @type {number | null} */
    this.ran = null;
    /** What a cancelled call rejects with. @type {Error | null} */
    this.failure = null;
    /** @type {((progress: { done: number, total: number, unit: string }) => void) | null} */
    this.onProgress = null;
    /** @type {import('../abort').Waiter | null} */
    this.waiter = null;
    /** @type {Promise<any>} A result, or a list of them where a list was given. */
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /**
   * Stops the kernel within a few milliseconds. The promise then rejects with this error, which is given the memory
   * as `buffer`; the first reason counts. After the end of the call: nothing.
   *
   * @param {unknown} reason an error as a rule
   */
  cancel (reason) {
    if (this.failure !== null || this.waited !== null) return;
    this.failure = isError(reason) ? reason : new Error('the call was given up', { cause: reason });
    client().cancel(this.id);
  }

  /**
   * @param {boolean} hasFailed
   * @param {any} first value, or the code of the error
   * @param {any} second output, or the message
   * @param {any} third bytes of the result, or the step
   * @param {any} fourth element of the result, or the index
   */
  settle (hasFailed, first, second, third, fourth) {
    this.waiter?.stop();
    if (this.failure !== null) {
      this.reject(withBuffers(this.failure, this.lent));
      return;
    }
    if (hasFailed) {
      const { inputs, several } = this.lent;
      const index = onlyIndex(inputs, several, fourth);
      this.reject(withBuffers(failed(first, second, third, index, this.work.step), this.lent, index));
      return;
    }
    try {
      this.resolve(this.lent.several
        ? resultsOf(this.work, this.lent.inputs, first, second, third, fourth)
        : resultOf(this.work, this.lent.inputs[0], this.lent.out, first, second, third, fourth));
    } catch (error) {
      this.reject(withBuffers(noView(error), this.lent));
    }
  }

  /**
   * @param {number} done
   * @param {number} total
   */
  progress (done, total) {
    if (this.failure !== null) return;
    try {
      this.onProgress?.({ done, total, unit: this.unit });
    } catch (error) {
      // Whoever listens that badly has no use for the result, and the other calls must not suffer.
      this.cancel(error);
    }
  }
}

/**
 * What the native side has found wrong with a call.
 *
 * @param {string} code
 * @param {string} message
 * @param {number} step the step of a pipeline that it is about, -1 for none
 * @param {number} index the one of several inputs that it is about, -1 for none
 * @param {number} [only] the one step that it can be about, if that is not named
 */
function failed (code, message, step, index, only = -1) {
  if (code === 'ABORT_ERR') return new AbortError();
  const error = /** @type {Error & { step?: number, index?: number }} */ (kernelError(code, message));
  if (Math.max(step, only) >= 0) error.step = Math.max(step, only);
  if (index >= 0) error.index = index;
  return error;
}

/**
 * There is no view of what was written: `out` begins where no such number may, or the view would be longer than this
 * Node.js has them.
 *
 * @param {any} error of the view's constructor
 */
function noView (error) {
  return kernelError('ERR_ROCKPOOL_KERNEL_OUTPUT', `no view of the output can be made: ${error.message}`);
}

/**
 * The native side names no place in a list of one.
 *
 * @param {unknown[]} inputs
 * @param {boolean} several
 * @param {number} index
 */
function onlyIndex (inputs, several, index) {
  return several && inputs.length === 1 ? 0 : index;
}

/** @type {import('../abort').Owner<KernelCall>} Every call hears of an abort at once: it ends between two steps. */
const calls = {
  abort: (call, abort) => call.cancel(abort.error()),
  withdraw: () => false
};

/**
 * The errors that have been given memory: what a listener throws may be the same for several calls.
 *
 * @type {WeakSet<Error>}
 */
const carriers = new WeakSet();

/**
 * Gives all memory back with an error: `buffer`, and `out` if there was one; of a list `buffers`, and as `buffer` the
 * one that the error is about.
 *
 * @param {Error} error
 * @param {Lent} lent
 * @param {number} [index] the one of a list that it is about, -1 for none
 */
function withBuffers (error, { inputs, out, several }, index = -1) {
  const buffers = inputs.map((loan) => loan.restore());
  const memory = {
    ...(several ? { buffers } : {}),
    ...(several && index < 0 ? {} : { buffer: buffers[several ? index : 0] }),
    ...(out === null ? {} : { out: out.restore() })
  };
  if (!carriers.has(error)) {
    try {
      Object.assign(error, memory);
      carriers.add(error);
      return error;
    } catch {
      // Frozen, for one: somebody else's error, which a signal or a listener has thrown.
    }
  }
  return Object.assign(new Error('the call was given up', { cause: error }), memory);
}

/**
 * A kernel, or several in a row, that can be planned for the sources of a call.
 *
 * @typedef {object} Work
 * @property {(client: import('../native/index.js').NativeKernels, sources: Source[], outLength: number) =>
 *   any[] | undefined | null} plan What is wrong: code, message, step and index.
 * @property {() => string} unit What its work is counted in.
 * @property {(result: KernelResult, value: any) => void} answer Puts what it has answered into the result.
 * @property {number} step What is the place of the step that failed, where the native side names none: 0 of a pipeline
 *   of one, else -1.
 */

/**
 * @param {KernelResult} result
 * @param {unknown} value
 */
function answerOne (result, value) {
  if (value !== undefined) result.value = value;
}

/**
 * A kernel and its parameters.
 *
 * @param {unknown} name
 * @param {unknown} parameters
 * @returns {Work}
 */
function kernelWork (name, parameters) {
  if (typeof name !== 'string') throw invalidArgument('name', 'the kernel\'s name must be a string', name);
  const { names, values } = listParameters(name, parameters);
  return {
    plan: (nativeKernels, [source], outLength) =>
      nativeKernels.plan(name, names, values, source.byteLength, source.element, outLength),
    unit: () => native.kernelUnit(name) ?? '',
    answer: answerOne,
    step: -1
  };
}

/**
 * Looks at what a call is to work on, and plans it. Nothing is touched; throws what is wrong.
 *
 * @param {Work} work
 * @param {unknown[]} given
 * @param {boolean} several
 * @param {unknown} out
 */
function planCall (work, given, several, out) {
  const sources = given.map((bytes, index) => {
    try {
      return inspectBytes(bytes);
    } catch (error) {
      throw several ? Object.assign(/** @type {Error} */ (error), { index }) : error;
    }
  });
  const outSource = out === undefined ? null : inspectBytes(out, 'out');
  if (outSource !== null || sources.length > 1) checkApart(outSource === null ? [...sources] : [...sources, outSource]);
  let failure;
  try {
    failure = work.plan(client().native, sources, outSource === null ? -1 : outSource.byteLength);
  } catch (error) {
    throw fromNative(error);
  }
  if (failure != null) {
    const [code, message, step, index] = failure;
    throw failed(code, message, step, onlyIndex(given, several, index), work.step);
  }
  return { sources, outSource };
}

/**
 * Takes what a call works on; each buffer is detached once, however many views of it there are. Where one cannot be
 * taken, because it must be copied and there is no memory for that, the error gives back what was.
 *
 * @param {Source[]} sources
 * @param {Source | null} outSource
 * @param {boolean} several
 * @returns {Lent}
 */
function lend (sources, outSource, several) {
  const taken = sources.length === 1 && outSource === null ? undefined : new Map();
  /** @type {Loan[]} */
  const inputs = [];
  try {
    for (const source of sources) inputs.push(source.detach(taken));
    return { inputs, out: outSource?.detach(taken) ?? null, several };
  } catch (error) {
    // What another view has taken already is of no use to the caller where he has it.
    const rest = (/** @type {Source} */ source) => taken?.get(source.buffer) ? source.detach(taken) : source.untouched();
    for (const source of sources.slice(inputs.length)) inputs.push(rest(source));
    throw withBuffers(kernelError('ERR_ROCKPOOL_KERNEL_INPUT',
      `the bytes cannot be taken: ${/** @type {Error} */ (error).message}`),
    { inputs, out: outSource === null ? null : rest(outSource), several });
  }
}

/**
 * Starts a call. Throws what is wrong with it before the bytes are touched; whatever goes wrong later rejects the
 * promise of the call, and has the memory as `buffer`.
 *
 * @param {Work} work
 * @param {unknown[]} given
 * @param {boolean} several
 * @param {unknown} options
 * @returns {KernelCall}
 */
function launch (work, given, several, options) {
  const { signal, onProgress, out, priority } = checkOptions(options);
  if (several && out !== undefined) {
    throw invalidArgument('out', 'out is for one buffer and cannot be used with several', out);
  }
  // What runs code of the caller comes before the look at the bytes, which it could take away or give to another call.
  const wasAborted = signal !== undefined && isAborted(signal);
  const listener = onProgress === undefined ? null : AsyncResource.bind(onProgress);
  const { sources, outSource } = planCall(work, given, several, out);
  if (signal !== undefined && wasAborted) {
    throw withBuffers(new AbortError(reasonOf(signal)),
      { inputs: sources.map((source) => source.untouched()), out: outSource?.untouched() ?? null, several });
  }

  const lent = lend(sources, outSource, several);
  const { inputs } = lent;
  const { native: nativeKernels } = client();
  let id;
  try {
    id = several
      ? nativeKernels.startMany(inputs.map(({ bytes }) => bytes), listener !== null, priority)
      : nativeKernels.start(inputs[0].bytes, lent.out?.bytes, listener !== null, priority);
  } catch (error) {
    throw withBuffers(fromNative(error), lent);
  }
  const call = new KernelCall(id, work, lent);
  client().add(call);
  if (listener !== null) {
    call.unit = several ? 'inputs' : work.unit();
    call.onProgress = listener;
  }
  if (signal !== undefined) {
    try {
      call.waiter = watch(signal, calls, call);
    } catch (error) {
      // The signal takes no listener. Its caller gets his memory back.
      call.cancel(error);
    }
  }
  return call;
}

/**
 * Starts one kernel on one input; throws as `launch` does.
 *
 * @param {string} name
 * @param {Bytes} bytes
 * @param {object} [parameters]
 * @param {KernelOptions} [options]
 * @returns {KernelCall}
 */
function launchKernel (name, bytes, parameters, options) {
  return launch(kernelWork(name, parameters), [bytes], false, options);
}

/**
 * The same for those who only want the result: every error is a rejection.
 *
 * @param {string} name
 * @param {Bytes} bytes
 * @param {object} [parameters]
 * @param {KernelOptions} [options]
 * @returns {Promise<KernelResult>}
 */
function startKernel (name, bytes, parameters, options) {
  try {
    return launchKernel(name, bytes, parameters, options).promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

module.exports = { KernelCall, answerOne, failed, kernelWork, launch, launchKernel, noView, planCall, startKernel, withBuffers };
