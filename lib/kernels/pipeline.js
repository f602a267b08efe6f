'use strict';

const native = require('../binding');
const { invalidArgument } = require('../errors');
const { answerOne, failed, launch } = require('./call');
const { fromNative } = require('./errors');
const { listParameters } = require('./parameters');
const { runHere } = require('./sync');

/**
 * @typedef {import('./lend').Bytes} Bytes
 * @typedef {import('./call').KernelOptions} KernelOptions
 * @typedef {import('./result').KernelResult} KernelResult
 *
 * @typedef {object} PipelineResult
 * @property {unknown[]} values What each step has answered; undefined for those that only transform.
 * @property {any} [output] What the last step that writes an output has left.
 * @property {Bytes} buffer The memory that was given, as the same kind of view.
 */

/**
 * Names and parameters of one kernel or several, found and checked by the native side.
 *
 * @param {[unknown, unknown][]} steps
 * @returns {import('../native/index.js').KernelRecipe}
 */
function recipeOf (steps) {
  const lists = steps.map(([, parameters]) => listParameters(parameters));
  let recipe;
  try {
    recipe = new native.KernelRecipe(
      steps.map(([name]) => /** @type {string} */ (name)),
      lists.map(({ names }) => names),
      lists.map(({ values }) => values));
  } catch (error) {
    throw fromNative(error);
  }
  const failure = recipe.failure;
  if (failure != null) throw failed(.../** @type {[string, string, number, number]} */ (failure));
  return recipe;
}

/**
 * @param {import('../native/index.js').KernelRecipe} recipe
 * @param {import('./call').Work['answer']} answer
 * @returns {import('./call').Work}
 */
function recipeWork (recipe, answer) {
  return {
    plan: (hub, sources, outLength) => hub.planRecipe(
      recipe,
      Float64Array.from(sources, ({ byteLength }) => byteLength),
      Uint8Array.from(sources, ({ element }) => element),
      outLength),
    unit: () => 'steps',
    answer
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
    this.#work = recipeWork(recipeOf(all), all.length === 1
      ? (result, value) => { result.values = [value]; }
      : (result, value) => { result.values = value; });
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
    return this.launch(bytes, options).promise;
  }

  /**
   * Every one of many buffers through all steps, with one hand-over.
   *
   * @param {Iterable<Bytes>} list
   * @param {Omit<KernelOptions, 'out'>} [options]
   * @returns {Promise<PipelineResult[]>}
   */
  async map (list, options) {
    return mapWork(this.#work, list, options);
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
 * @returns {[unknown, unknown][]}
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
    return [step[0], step[1]];
  });
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
  return mapWork(recipeWork(recipeOf([[name, parameters]]), answerOne), list, options);
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
  return launch(work, [...list], true, options).promise;
}

module.exports = { Pipeline, mapKernel };
