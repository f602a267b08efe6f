'use strict';

const native = require('../binding');
const { invalidArgument } = require('../errors');
const { setImmediate } = require('../host');
const { answerOne, failed, launch } = require('./call');
const { fromNative } = require('./errors');
const { listParameters } = require('./parameters');
const { runHere } = require('./sync');

/**
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {import('./call').KernelOptions} KernelOptions
 * @typedef {import('./result').KernelResult} KernelResult
 *
 * @typedef {object} Step A kernel and its parameters.
 * @property {string} name
 * @property {string[]} names
 * @property {unknown[]} values
 *
 * @typedef {object} PipelineResult
 * @property {unknown[]} values What each step has answered; undefined for those that only transform.
 * @property {any} [output] What the last step that writes an output has left.
 * @property {Bytes} buffer The memory that was given, as the same kind of view.
 */

/** Bytes of copies of parameters that may wait for the event loop to turn: Node gives nothing of them back before. */
const MOST_COPIES = 64 * 2 ** 20;

/** Copies of fewer bytes are not counted. */
const NOTABLE = 2 ** 16;

/** Bytes of copies that were made since it turned. */
let copies = 0;

/** @param {number} bytes that were copied @returns {boolean} Whether the native side must not keep them for now. */
function isTooMuch (bytes) {
  if (bytes < NOTABLE) return false;
  const before = copies;
  if (before === 0) setImmediate(() => { copies = 0; });
  copies += bytes;
  return before >= MOST_COPIES;
}

/**
 * @param {Step[]} steps
 * @param {number} step as of `chainWork`
 */
function makeChain (steps, step) {
  /** @type {import('../native/index.js').NativeKernelChain} */
  let chain;
  try {
    chain = new native.NativeKernelChain(
      steps.map(({ name }) => name), steps.map(({ names }) => names), steps.map(({ values }) => values));
  } catch (error) {
    throw fromNative(error);
  }
  const { failure } = chain;
  if (failure != null) throw failed(failure[0], failure[1], failure[2], failure[3], step);
  return chain;
}

/**
 * The same steps, with lists that nobody else has.
 *
 * @param {Step[]} steps
 * @returns {Step[]}
 */
function withOwnLists (steps) {
  const own = (/** @type {any} */ value) => ArrayBuffer.isView(value) ? /** @type {Uint8Array} */ (value).slice() : value;
  return steps.map(({ name, names, values }) => ({ name, names, values: values.map(own) }));
}

/**
 * Names and parameters of one kernel or several, found and checked by the native side. It keeps them, unless they are
 * for one call only, or their lists are too much for now: then V8 has them, and they are given anew for the next call.
 *
 * @param {Step[]} steps
 * @param {import('./call').Work['answer']} answer
 * @param {number} step that an error is about where the native side names none, -1 for none
 * @param {boolean} once whether it is for one call only
 * @returns {import('./call').Work}
 */
function chainWork (steps, answer, step, once) {
  /** @type {import('../native/index.js').NativeKernelChain | null} */
  let chain = makeChain(steps, step);
  /** @type {Step[]} */
  let own = [];
  if (!once && !chain.isSingleUse && isTooMuch(chain.memory)) {
    own = withOwnLists(steps);
    chain.release();
    chain = null;
  }
  return {
    plan: (client, sources, outLength) => {
      const current = chain ?? makeChain(own, step);
      const failure = client.planChain(
        current,
        Float64Array.from(sources, ({ byteLength }) => byteLength),
        Uint8Array.from(sources, ({ element }) => element),
        outLength);
      if (once || (chain === null && isTooMuch(current.memory))) {
        current.release();
      } else if (chain === null) {
        chain = current;
        own = [];
      }
      return failure;
    },
    unit: () => 'steps',
    answer,
    step
  };
}

/**
 * Kernels in a row: what one leaves is what the next one works on. One hand-over to the threads for all, and no trip to
 * JavaScript in between. Can be used any number of times, also at the same time.
 */
class Pipeline {
  #work;

  /** @param {Iterable<[string, object?]>} steps */
  constructor (steps) {
    const all = checkSteps(steps);
    // The native side answers a single step as the kernel that it is.
    this.#work = all.length === 1
      ? chainWork(all, (result, value) => { result.values = [value]; }, 0, false)
      : chainWork(all, (result, value) => { result.values = value; }, -1, false);
  }

  /**
   * @param {Bytes} bytes
   * @param {KernelOptions} [options]
   * @returns {import('./call').KernelCall} Throws what is wrong before anything is detached.
   */
  launch (bytes, options) {
    return launch(this.#work, [bytes], false, options);
  }

  /**
   * @param {Bytes} bytes
   * @param {KernelOptions} [options]
   * @returns {Promise<PipelineResult>}
   */
  async run (bytes, options) {
    return await this.launch(bytes, options).promise;
  }

  /**
   * Every one of many buffers through all steps, with one hand-over.
   *
   * @param {Iterable<Bytes>} list
   * @param {Omit<KernelOptions, 'out'>} [options]
   * @returns {Promise<PipelineResult[]>}
   */
  async map (list, options) {
    return await mapWork(this.#work, list, options);
  }

  /**
   * On this thread, before it returns; nothing is detached.
   *
   * @param {Bytes} bytes
   * @param {{ out?: Bytes }} [options]
   * @returns {PipelineResult}
   */
  runSync (bytes, options) {
    return /** @type {PipelineResult} */ (runHere(this.#work, bytes, options));
  }
}

/**
 * @param {unknown} steps
 * @returns {Step[]}
 */
function checkSteps (steps) {
  const all = Array.isArray(steps) ? [...steps] : null;
  if (all === null || all.length === 0) {
    throw invalidArgument('steps', 'steps must be an array of [name, params], at least one', steps);
  }
  return all.map((step, at) => {
    if (!Array.isArray(step) || typeof step[0] !== 'string') {
      throw invalidArgument('steps', `steps[${at}] must be [name, params]`, step);
    }
    const [name, parameters] = step;
    try {
      return { name, ...listParameters(name, parameters) };
    } catch (error) {
      throw atStep(error, at);
    }
  });
}

/**
 * @param {any} error
 * @param {number} step
 */
function atStep (error, step) {
  try {
    error.step = step;
  } catch {
    // What a getter of the caller's has thrown need not take a property.
  }
  return error;
}

/**
 * One kernel on many buffers, with one hand-over to the threads. Resolves with a result for each. The first one that
 * fails, by its place, fails all: the error has its `index` and `buffer`, and all memory as `buffers`.
 *
 * @param {string} name
 * @param {Iterable<Bytes>} list
 * @param {object} [parameters]
 * @param {Omit<KernelOptions, 'out'>} [options]
 * @returns {Promise<KernelResult[]>}
 */
async function mapKernel (name, list, parameters, options) {
  if (typeof name !== 'string') throw invalidArgument('name', 'the kernel\'s name must be a string', name);
  return await mapWork(chainWork([{ name, ...listParameters(name, parameters) }], answerOne, -1, true), list, options);
}

/**
 * @param {import('./call').Work} work
 * @param {Iterable<Bytes>} list
 * @param {any} options
 * @returns {Promise<any[]>}
 */
async function mapWork (work, list, options) {
  if (list == null || typeof list !== 'object' || ArrayBuffer.isView(list) ||
    typeof list[Symbol.iterator] !== 'function') {
    throw invalidArgument('list', 'the buffers must be given as an array', list);
  }
  return await launch(work, [...list], true, options).promise;
}

module.exports = { Pipeline, mapKernel };
