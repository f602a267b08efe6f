'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');

const { gauges } = require('./gauges');
const { judge } = require('./trend');

/**
 * Runs a soak in a process of its own.
 *
 * @param {object} wanted
 * @param {number} wanted.seconds
 * @param {number} wanted.seed
 * @param {number} wanted.samples
 * @param {string} [wanted.leak] one of leaks.js, to see it found
 * @param {string} [node]
 * @param {(sample: Record<string, number>) => void} [onSample]
 */
async function soak (wanted, node = process.execPath, onSample = () => {}) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(node, ['--expose-gc', join(__dirname, 'child.js'), JSON.stringify(wanted)], {
    env, stdio: ['ignore', 'inherit', 'pipe', 'ipc']
  });
  /** @type {Record<string, number>[]} */
  const samples = [];
  child.on('message', (/** @type {any} */ sample) => {
    samples.push(sample);
    onSample(sample);
  });
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { problem += text; });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`the soak ended with ${signal ?? code}: ${problem}`);
  return { tasks: samples[samples.length - 1].tasks, verdicts: judge(samples, gauges) };
}

module.exports = { soak };
