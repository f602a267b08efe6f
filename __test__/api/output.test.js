'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const root = path.resolve(__dirname, '../..');
const filename = path.join(__dirname, 'fixtures/tasks.js');

/**
 * Runs a task that prints, in a process of its own, and ends the pool as soon as there is a result.
 *
 * @param {string[]} lines
 * @param {{ name: string, atomics: string }} options
 * @param {string} tasks the expression of a promise
 */
function linesOf (lines, options, tasks) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', `
    const Piscina = require('./index.js');
    const lines = ${JSON.stringify(lines)};
    const pool = new Piscina(${JSON.stringify({ filename, minThreads: 1, maxThreads: 1, ...options })});
    ${tasks}.catch(() => {}).then(() => pool.destroy());
  `], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').slice(0, -1);
}

// A worker that sleeps between its tasks writes nothing meanwhile, and one that is ended nothing any more.
for (const atomics of ['sync', 'async', 'disabled']) {
  for (const name of ['print', 'printAndThrow']) {
    test(`what a task has printed is out before its result (${name}, atomics '${atomics}')`, { timeout: 40_000 }, () => {
      const lines = Array.from({ length: 20 }, (_, line) => `line ${line}`);
      assert.deepEqual(linesOf(lines, { name, atomics }, 'pool.run(lines)'), lines);
    });
  }

  test(`what many tasks have printed is out before the last result (atomics '${atomics}')`, { timeout: 40_000 }, () => {
    const lines = Array.from({ length: 2_001 }, (_, line) => `line ${line}`);
    assert.deepEqual(linesOf(lines, { name: 'print', atomics }, 'Promise.all(lines.map((line) => pool.run([line])))'), lines);
  });
}
