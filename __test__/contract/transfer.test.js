'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled } = require('./support/settle.js');

const row = rowsOf(__filename);
const filename = path.join(__dirname, 'fixtures', 'move.js');

// Node refuses to move the slab that small Buffers share: older releases clone the whole of it, newer ones throw.
row(17, 'move() of a pooled Buffer sends its own bytes to the worker, not those of its neighbours', async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1 });
  const buffer = Buffer.from('a few bytes of the slab');
  assert.ok(buffer.buffer.byteLength > buffer.byteLength);
  const run = (/** @type {string} */ name) => outcomeOf('the end of the task', pool.run(Pool.move(buffer), { name }));
  const text = await run('text');
  assert.equal(text.outcome, 'fulfilled', `the task is rejected: ${text.error?.message}`);
  assert.equal(text.value, buffer.toString());
  assert.equal(buffer.toString(), 'a few bytes of the slab', 'the caller lost its bytes');
  const { value: extent } = await run('extent');
  assert.equal(extent.whole, buffer.byteLength, `for ${buffer.byteLength} bytes, the worker gets ${extent.whole}`);
});

row(17, 'move() of a pooled Buffer sends its own bytes to the caller, not those of its neighbours', async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1 });
  pool.on('error', () => {});
  const text = 'a few bytes of the slab';
  const { outcome, value, error } = await outcomeOf('the end of the task', pool.run(text, { name: 'pooled' }));
  assert.equal(outcome, 'fulfilled', `the task is rejected: ${error?.message}`);
  assert.equal(Buffer.from(value).toString(), text);
  assert.equal(value.buffer.byteLength, text.length, `for ${text.length} bytes, the caller gets ${value.buffer.byteLength}`);
});

row(17, 'move() of a view transfers the whole buffer that it is of', async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1 });
  const whole = new ArrayBuffer(64);
  const extent = await settled('the end of the task', pool.run(Pool.move(new Uint8Array(whole, 8, 16)), { name: 'extent' }));
  assert.deepEqual(extent, { offset: 8, length: 16, whole: 64 });
  assert.equal(whole.byteLength, 0);
}, { note: 'the same on both, documented' });
