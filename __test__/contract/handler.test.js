'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { rowsOf } = require('./support/row.js');
const { messagesOf, outcomeOf } = require('./support/settle.js');

const row = rowsOf(__filename);
/** @param {string} name */
const fixture = (name) => path.join(__dirname, 'fixtures', name);

row(4, 'tasks of a file that fails to load reject with the load error', async (Pool) => {
  const pool = new Pool({ filename: fixture('throws-at-load.js'), minThreads: 0, maxThreads: 1, workerData: { loads: new SharedArrayBuffer(4) } });
  pool.on('error', () => {});
  const outcomes = await Promise.all([1, 2, 3].map((task) => outcomeOf('the rejection of the queued tasks', pool.run(task))));
  for (const { outcome, error } of outcomes) {
    assert.equal(outcome, 'rejected');
    assert.ok(messagesOf(error).some((message) => /load \d of the file failed/.test(message)), `the load error is lost: ${error.message}`);
  }
});

row(19, "a handler is the file's own export, never one that every object inherits", async (Pool) => {
  const pool = new Pool({ filename: fixture('results.js'), maxThreads: 1 });
  for (const name of ['toString', 'valueOf', 'hasOwnProperty', 'constructor', '__proto__']) {
    const { outcome, value, error } = await outcomeOf('the end of the task', pool.run('x', { name }));
    assert.equal(outcome, 'rejected', `${name}() ran and gave ${value}`);
    assert.match(error.message, /No handler function exported from/);
  }
});

row(20, 'a file that fails to load is loaded once, and its first error is the cause', async (Pool) => {
  const loads = new SharedArrayBuffer(4);
  const pool = new Pool({ maxThreads: 1, workerData: { loads } });
  const { outcome, error } = await outcomeOf('the rejection of the task', pool.run(1, { filename: fixture('throws-at-load.js') }));
  assert.equal(outcome, 'rejected');
  assert.equal(Atomics.load(new Int32Array(loads), 0), 1, `the file was loaded ${Atomics.load(new Int32Array(loads), 0)} times`);
  assert.ok(messagesOf(error).includes('load 1 of the file failed'), `the first error is lost: ${error.message}`);
});
