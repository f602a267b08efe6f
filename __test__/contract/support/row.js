'use strict';

/**
 * Each row of the table "where piscina 5.3.2 is wrong" is one test or more. Its body runs in a process of its own, for on
 * piscina some of them hang for ever, even synchronously, or take the process with them. A test file is therefore read
 * in three ways: by `node --test` (each row a test that starts the process), in that process (one body), and by
 * __test__/contract/table.js (a list).
 */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { test } = require('node:test');
const { hang } = require('./settle.js');

/** @typedef {{ outcome: 'passed' | 'failed' | 'hung' | 'crashed', message?: string }} Verdict */
/** @typedef {{ number: number, title: string, file: string, note?: string }} Row */
/** @typedef {(Pool: any) => Promise<void>} Body */

/** A whole body, the start of its process included, has this long. */
const limit = 20_000;

/** Where the process of a body writes its verdict. */
const verdictFd = 3;

const { ROCKPOOL_CONTRACT_BODY: bodyToRun, ROCKPOOL_CONTRACT_LIST: listOnly } = process.env;

/** @type {Row[]} */
const rows = [];

/**
 * @param {string} file the test file that the rows are in
 */
function rowsOf (file) {
  /**
   * @param {number} number the row of the table
   * @param {string} title what rockpool does
   * @param {Body} body
   * @param {{ note?: string, setUp?: () => void }} [options] note: why the row does not fail on piscina; setUp: what to do
   *   before the engine is loaded
   */
  return function row (number, title, body, { note, setUp } = {}) {
    if (bodyToRun !== undefined) {
      if (bodyToRun === title) conduct(body, setUp);
    } else if (listOnly !== undefined) {
      rows.push({ number, title, file, ...(note !== undefined && { note }) });
    } else {
      test(`${title} [row ${number}]`, { timeout: limit + 10_000 }, async () => {
        const { outcome, message } = await judge({ file, title }, process.env.ROCKPOOL_TEST_ENGINE ?? 'rockpool');
        assert.equal(outcome, 'passed', message);
      });
    }
  };
}

/**
 * Runs a row's body in a process of its own.
 *
 * @param {Pick<Row, 'file' | 'title'>} row
 * @param {string} engine
 * @returns {Promise<Verdict>}
 */
function judge ({ file, title }, engine) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, ROCKPOOL_CONTRACT_BODY: title, ROCKPOOL_CONTRACT_LIST: undefined, ROCKPOOL_TEST_ENGINE: engine, NODE_TEST_CONTEXT: undefined },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe']
    });
    let written = '';
    let errors = '';
    /** @type {import('node:stream').Readable} */ (child.stdio[verdictFd]).setEncoding('utf8').on('data', (chunk) => { written += chunk; });
    /** @type {import('node:stream').Readable} */ (child.stderr).setEncoding('utf8').on('data', (chunk) => { errors += chunk; });
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      child.kill('SIGKILL');
    }, limit);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      /** @type {Verdict} */
      const verdict = written === '' ? { outcome: 'crashed', message: `exit code ${code}, signal ${signal}: ${errors.trim()}` } : JSON.parse(written);
      if (killed && written === '') resolve({ outcome: 'hung', message: 'the main thread never came back' });
      else if (killed) resolve({ outcome: 'hung', message: `the process did not end (${verdict.outcome} before)` });
      else if (verdict.outcome === 'passed' && code !== 0) resolve({ outcome: 'crashed', message: `exit code ${code}, signal ${signal}: ${errors.trim()}` });
      else resolve(verdict);
    });
  });
}

/**
 * In the process of its own: runs the body and ends with its verdict.
 *
 * @param {Body} body
 * @param {() => void} [setUp]
 */
function conduct (body, setUp) {
  let over = false;
  /** @param {Verdict} verdict */
  const report = (verdict) => {
    if (over) return;
    over = true;
    fs.writeSync(verdictFd, JSON.stringify(verdict));
  };
  /** @param {any} error */
  const describe = (error) => String(error?.stack ? `${error.name}: ${error.message}` : error).split('\n')[0];

  process.on('uncaughtException', (error) => {
    report({ outcome: 'crashed', message: `uncaught ${describe(error)}` });
    process.exit();
  });
  process.on('exit', () => report({ outcome: 'hung', message: `${hang.waitingFor} never happened` }));

  setUp?.();
  body(require('./engine.js').Pool).then(
    () => report({ outcome: 'passed' }),
    (error) => report(error instanceof hang.Hang ? { outcome: 'hung', message: error.message } : { outcome: 'failed', message: error?.code === 'ERR_ASSERTION' ? error.message.split('\n')[0] : describe(error) })
  ).finally(() => process.exit());
}

module.exports = { judge, rows, rowsOf };
