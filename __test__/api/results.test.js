'use strict';

const assert = require('node:assert/strict');
const { resolve } = require('node:path');
const { test } = require('node:test');

const { Piscina } = require('../..');
const { Results, salvage } = require('../../lib/pool/results');
const { Task } = require('../../lib/pool/task');
const { TaskTable } = require('../../lib/pool/task-table');
const { completion, messages } = require('../../lib/protocol/tables');

const filename = resolve(__dirname, '../fixtures/handlers/meanwhile.js');

// With a queue like this one the main thread is not woken for each result (see lib/pool/poller.js).
test('results come in while their worker is held by a task behind them', async () => {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const pool = new Piscina({ filename, name: 'short', minThreads: 1, maxThreads: 1, workerData: { gate } });
  for (let round = 0; round < 3; round++) {
    Atomics.store(gate, 0, 0);
    const values = Array.from({ length: 400 }, (_, value) => value);
    const short = values.map((value) => pool.run(value));
    const held = pool.run(undefined, { name: 'hold' });
    assert.deepEqual(await Promise.all(short), values);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.notEqual(await held, 'timed-out', 'the results came only with that of the task behind them');
  }
  await pool.close();
});

test('a value that goes by port reaches its worker behind a long queue, and the results come in order', async () => {
  const pool = new Piscina({ filename, name: 'short', minThreads: 1, maxThreads: 1, workerData: {} });
  /** @type {number[]} */
  const order = [];
  const tasks = Array.from({ length: 300 }, async (_, index) => {
    const value = index % 50 === 49 ? new Error(String(index)) : index;
    const result = await pool.run(value);
    order.push(index);
    assert.equal(value === index ? result : Number(result.message), index);
  });
  await Promise.all(tasks);
  assert.deepEqual(order, Array.from({ length: 300 }, (_, index) => index));
  await pool.close();
});

test('a message of another kind is not taken for the result of its task', () => {
  const table = new TaskTable();
  const task = new Task({ triggerAsyncId: 0, requireManualDestroy: true });
  table.add(task);
  const { index, seq } = task;
  const pool = /** @type {any} */ ({ table });
  const { port1, port2 } = new MessageChannel();
  const handle = /** @type {any} */ ({ port: port1 });
  const results = new Results(pool);
  results.int32.set([completion.HEADER, index, task.seqLow, task.seqHigh]);

  port2.postMessage({ kind: messages.VALUE, index, seq, value: 'half' });
  salvage(pool, handle);
  assert.equal(task.extra, null);
  port2.postMessage({ kind: messages.VALUE, index, seq, value: 'half' });
  port2.postMessage({ kind: messages.OUTCOME, index, seq, value: 'all' });
  assert.equal(results.receive(handle, 0).value, 'all');
  port1.close();
});
