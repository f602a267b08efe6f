'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled } = require('./support/settle.js');

const row = rowsOf(__filename);

row(15, 'what is posted to a thread of the pool reaches the listeners of its file', async (Pool) => {
  const pool = new Pool({ filename: path.join(__dirname, 'fixtures', 'parent-port.js'), maxThreads: 1 });
  pool.on('error', () => {});
  await settled('a first task', pool.run(undefined, { name: 'ready' }));
  const messages = [{ hello: 'worker' }, null, 7];
  for (const message of messages) pool.threads[0].postMessage(message);
  const { outcome, value, error } = await outcomeOf('the arrival of the messages', pool.run(messages.length, { name: 'receive' }));
  assert.equal(outcome, 'fulfilled', `the worker died: ${error?.message}`);
  assert.deepEqual(value, messages);
});
