'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const { Watch } = require('../../ci/test/standstill');

const CHILD = join(__dirname, 'child.js');

/** Milliseconds without anything new that are called a hang. */
const HANG = 30_000;

/**
 * @typedef {object} Verdict
 * @property {any[]} failures each with its `kind`, and the `scene` and `item` where they are known
 * @property {string} output what the process printed besides
 */

/**
 * Plays a plan in a process of its own.
 *
 * @param {import('./plan').Plan} plan
 * @param {{ node?: string, hang?: number, bug?: string }} [options]
 * @returns {Promise<Verdict>}
 */
function runPlan (plan, { node = process.execPath, hang = HANG, bug } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-chaos-'));
  const file = join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const args = ['--expose-gc', CHILD, file, String(hang), ...(bug === undefined ? [] : [bug])];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(node, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.on('message', (/** @type {{ stop: number }} */ { stop }) => freeze(child, stop));

  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { output += text; });

  return new Promise((resolve, reject) => {
    // The witness sees a hang much sooner. Without it, nothing would be said.
    const watch = new Watch({ limit: 40 * hang, onLimit: () => child.kill('SIGKILL') });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      watch.stop();
      rmSync(folder, { recursive: true, force: true });
      resolve(conclude(output, code, signal));
    });
  });
}

/**
 * Stops the process that asked for it, for a while.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} ms
 */
function freeze (child, ms) {
  child.kill('SIGSTOP');
  setTimeout(() => {
    child.kill('SIGCONT');
    if (child.connected) child.send({ goes: 'on' }, () => {});
  }, ms);
}

/**
 * @param {string} output
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {Verdict}
 */
function conclude (output, code, signal) {
  const lines = output.split('\n');
  const reports = lines.filter((line) => line.startsWith('{"chaos":')).map((line) => JSON.parse(line));
  const rest = lines.filter((line) => !line.startsWith('{"chaos":')).join('\n').trim();
  const hang = reports.find(({ chaos }) => chaos === 'hang');
  const end = reports.find(({ chaos }) => chaos === 'end');
  if (hang !== undefined) {
    if (hang.scenes.length === 0) hang.scenes.push({ item: 'the end of all', unsettled: [] });
    return { failures: hang.scenes.map((at) => describeHang(hang, at)), output: rest };
  }
  const failures = end?.failures ?? [];
  if (end === undefined || code !== 0) failures.push({ kind: 'crash', what: `the process ended with ${signal ?? code}: ${rest.slice(-2000)}` });
  return { failures, output: rest };
}

/** @param {any} hang @param {any} at */
function describeHang ({ mainThread }, { scene, at, item, unsettled }) {
  return {
    kind: 'hang',
    scene,
    what: `nothing happens at item ${at}, ${JSON.stringify(item)}; the main thread ${mainThread}; unsettled are ${unsettled.join(', ') || 'no tasks'}`
  };
}

module.exports = { HANG, runPlan };
