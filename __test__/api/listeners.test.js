'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const root = path.resolve(__dirname, '../..');
const tasksFile = path.join(__dirname, 'fixtures/tasks.js');
const missing = path.join(root, '__test__/fixtures/no-such-file.js');

/** Runs a program in a process of its own, since what a listener throws ends the one it is thrown in. */
function run (/** @type {string} */ program) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: root, encoding: 'utf8', timeout: 30_000
  });
  assert.equal(signal, null, stderr);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('a listener that throws is told so and loses nobody a result', { timeout: 40_000 }, () => {
  const result = run(`
    const Piscina = require('./index.js');
    const thrown = [];
    process.on('uncaughtException', (error) => thrown.push(error.message));
    const pool = new Piscina({ minThreads: 0, maxThreads: 2 });
    pool.on('workerCreate', () => { throw new Error('thrown by a listener'); });
    // Every task fails with an error of its own, which is a result as good as any.
    const tasks = Array.from({ length: 100 }, (_, task) => pool.run(task, { filename: ${JSON.stringify(missing)} }));
    Promise.allSettled(tasks).then(async (settled) => {
      await pool.destroy();
      const codes = [...new Set(settled.map(({ reason }) => reason.code))];
      console.log(JSON.stringify({ settled: settled.length, codes, thrown: [...new Set(thrown)] }));
    });
  `);
  assert.deepEqual(result, { settled: 100, codes: ['ERR_ROCKPOOL_LOAD_FAILED'], thrown: ['thrown by a listener'] });
});

for (const [how, end] of Object.entries({
  abort: `const controller = new AbortController();
    const tasks = [0, 1].map(() => pool.run(60_000, { name: 'wait', signal: controller.signal }));
    setTimeout(() => controller.abort(), 100);`,
  crash: `const tasks = [pool.run(3, { name: 'exit' }), pool.run(3, { name: 'exit' })];`,
  destroy: `const tasks = [0, 1].map(() => pool.run(60_000, { name: 'wait' }));
    pool.destroy();`
})) {
  test(`a listener for 'workerDestroy' that throws keeps no task from settling (${how})`, { timeout: 40_000 }, () => {
    const result = run(`
      const Piscina = require('./index.js');
      const thrown = [];
      process.on('uncaughtException', (error) => thrown.push(error.message));
      const pool = new Piscina({ filename: ${JSON.stringify(tasksFile)}, name: 'echo', minThreads: 1, maxThreads: 1 });
      pool.once('workerDestroy', () => { throw new Error('thrown by a listener'); });
      pool.run(0).then(() => {
        ${end}
        return Promise.allSettled(tasks);
      }).then(async (settled) => {
        await pool.destroy();
        const after = await pool.run(1);
        await pool.destroy();
        const rejected = settled.filter(({ status }) => status === 'rejected').length;
        console.log(JSON.stringify({ rejected, after, threads: pool.threads.length, thrown }));
      });
    `);
    assert.deepEqual(result, { rejected: 2, after: 1, threads: 0, thrown: ['thrown by a listener'] });
  });
}
