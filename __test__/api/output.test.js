'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const root = path.resolve(__dirname, '../..');
const filename = path.join(__dirname, 'fixtures/tasks.js');

// A worker that sleeps between its tasks writes nothing meanwhile.
for (const name of ['print', 'printAndThrow']) {
  test(`what a task has printed is out before its worker sleeps (${name})`, { timeout: 40_000 }, () => {
    const lines = Array.from({ length: 20 }, (_, line) => `line ${line}`);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', `
      const Piscina = require('./index.js');
      const pool = new Piscina(${JSON.stringify({ filename, name, atomics: 'sync', minThreads: 1, maxThreads: 1 })});
      pool.run(${JSON.stringify(lines)}).catch(() => {}).then(() => pool.destroy());
    `], { cwd: root, encoding: 'utf8', timeout: 30_000 });
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.split('\n').slice(0, -1), lines);
  });
}
