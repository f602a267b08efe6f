'use strict';

const { fork } = require('node:child_process');
const { join } = require('node:path');
const { Runner } = require('./runner');

/** @typedef {import('./runner').Role} Role */

/** Seconds that a pool without tasks may take to close. */
const closeLimit = 5;

/**
 * The process in which a contestant runs a case. A failure there is an error of that contestant alone.
 *
 * @typedef {object} Process
 * @property {(role: Role) => Promise<void>} prepare
 * @property {() => Promise<import('../scenarios/types').Sample[]>} sample
 * @property {() => Promise<void>} finish
 * @property {() => void} abandon ends it at once; allowed at any time
 */

/** A child process. @implements {Process} */
class ChildProcess {
  #child;
  #timeLimit;
  #complaints = '';
  /** @type {((reply: { ok: boolean, value?: any, error?: string }) => void) | undefined} */
  #onReply;

  /** @param {number} timeLimit seconds */
  constructor (timeLimit) {
    this.#timeLimit = timeLimit;
    // A child of a test file would take itself for a part of the test run.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    this.#child = fork(join(__dirname, 'process-main.js'), { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.on('data', (text) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    this.#child.on('message', (/** @type {any} */ reply) => this.#settle(reply));
    this.#child.on('error', (error) => this.#settle({ ok: false, error: error.message }));
    this.#child.on('exit', (code, signal) => {
      const lines = this.#complaints.split('\n').filter((line) => /Error|panic|fatal/i.test(line));
      const reason = lines[0] === undefined ? '' : `: ${lines[0].trim()}`;
      this.#settle({ ok: false, error: `the process ended with ${signal ?? `code ${code}`}${reason}` });
    });
  }

  /** @param {{ ok: boolean, value?: any, error?: string }} reply */
  #settle (reply) {
    this.#onReply?.(reply);
    this.#onReply = undefined;
  }

  /**
   * @param {'prepare' | 'sample' | 'finish'} act
   * @param {number} timeLimit seconds
   * @param {Role} [role]
   * @returns {Promise<any>}
   */
  async #ask (act, timeLimit, role) {
    /** @type {{ ok: boolean, value?: any, error?: string }} */
    const reply = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle({ ok: false, error: `${act} took more than ${timeLimit} s` });
      }, timeLimit * 1000);
      this.#onReply = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      if (this.#child.connected) {
        this.#child.send({ act, role });
      } else {
        this.#settle({ ok: false, error: 'the process has ended' });
      }
    });
    if (!reply.ok) {
      this.abandon();
      throw new Error(reply.error);
    }
    return reply.value;
  }

  /** @param {Role} role */
  async prepare (role) {
    await this.#ask('prepare', this.#timeLimit, role);
  }

  sample () {
    return this.#ask('sample', this.#timeLimit);
  }

  async finish () {
    await this.#ask('finish', closeLimit);
    this.abandon();
  }

  abandon () {
    this.#child.kill('SIGKILL');
  }
}

/** The present process. @implements {Process} */
class ThisProcess {
  #runner = new Runner();

  /** @param {Role} role */
  prepare (role) {
    return this.#runner.prepare(role);
  }

  sample () {
    return this.#runner.sample();
  }

  finish () {
    return this.#runner.finish();
  }

  // Nobody waits for it: it may never end.
  abandon () {
    this.#runner.finish().catch(() => {});
  }
}

module.exports = { ChildProcess, ThisProcess };
