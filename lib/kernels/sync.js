'use strict';

const { failed, kernelWork, noView, planCall, withBuffers } = require('./call');
const { checkOptions } = require('./parameters');
const { fromNative } = require('./errors');
const { kernelEvents } = require('../protocol/tables');
const { client } = require('./client');
const { resultOf } = require('./result');

/**
 * Carries a call out on this thread. Nothing is detached: no other JavaScript runs meanwhile.
 *
 * @param {import('./call').Work} work
 * @param {unknown} bytes
 * @param {unknown} options
 * @returns {import('./result').KernelResult}
 */
function runHere (work, bytes, options) {
  const { out } = checkOptions(options);
  const { sources, outSource } = planCall(work, [bytes], false, out);
  const lent = { inputs: [sources[0].borrow()], out: outSource?.borrow() ?? null, several: false };
  try {
    client().native.runHere(lent.inputs[0].bytes, lent.out?.bytes);
  } catch (error) {
    throw fromNative(error);
  }
  const { kind, first, second, third, fourth } = client().take();
  if (kind === kernelEvents.FAILED) throw withBuffers(failed(first, second, third, fourth, work.step), lent);
  try {
    // Memory that was made for more than there is: the output's buffer is as long as the output.
    const output = second !== undefined && second.length > third ? second.slice(0, third) : second;
    return resultOf(work, lent.inputs[0], lent.out, first, output, third, fourth);
  } catch (error) {
    throw withBuffers(noView(error), lent);
  }
}

/**
 * A kernel on this thread: for inputs so small that waking another thread takes longer. Blocks until it is done.
 *
 * @param {string} name
 * @param {import('./lend').Bytes} bytes
 * @param {object} [parameters]
 * @param {{ out?: import('./lend').Bytes }} [options]
 * @returns {import('./result').KernelResult}
 */
function runKernelHere (name, bytes, parameters, options) {
  return runHere(kernelWork(name, parameters), bytes, options);
}

module.exports = { runHere, runKernelHere };
