'use strict';

const { spawn } = require('node:child_process');
const { Watch } = require('./standstill');

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Ends a child and what it started: cargo and node --test have children of their own, which a
 * plain kill would leave behind.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function killTree (child) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself before the call: ESRCH, and on macOS EPERM while it is a zombie.
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Children are leaders of their own group, so a Ctrl-C of the terminal does not reach them. */
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    for (const child of running) killTree(child);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string | null} problem  why it counts as failed, null when it ended with code 0
 * @property {string} output          standard output and standard error as they came
 * @property {number} seconds
 */

/**
 * Runs a program to its end, or to its time limit.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, seconds: number, env?: NodeJS.ProcessEnv, echo?: boolean, now?: import('./standstill').Clock }} options
 *   `seconds`: the time limit, without the time in which the machine stood still; `echo`: show the output while it comes
 * @returns {Promise<Outcome>}
 */
function run (command, args, { cwd, seconds, env = process.env, echo = true, now }) {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32'
    });
    running.add(child);

    /** @type {Buffer[]} */
    const chunks = [];
    for (const [stream, target] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr]
    ])) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        if (echo) target.write(chunk);
      });
    }

    /** @type {string | null} */
    let problem = null;
    const watch = new Watch({
      now,
      limit: seconds * 1000,
      onLimit () {
        problem = `did not end within its ${seconds} s`;
        killTree(child);
      }
    });

    child.on('error', (error) => {
      problem = error.message;
      finish();
    });
    // Children of the process may outlive it and hold the pipes, so that `close` never comes: they are ended at its exit.
    child.on('exit', (code, signal) => {
      if (problem === null && code !== 0) problem = `ended with ${signal ?? `code ${code}`}`;
      killTree(child);
    });
    child.on('close', finish);

    function finish () {
      watch.stop();
      running.delete(child);
      resolve({
        ok: problem === null,
        problem,
        output: Buffer.concat(chunks).toString('utf8'),
        seconds: (performance.now() - start) / 1000
      });
    }
  });
}

module.exports = { run };
