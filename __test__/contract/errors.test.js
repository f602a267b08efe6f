'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { rowsOf } = require('./support/row.js');
const { outcomeOf, settled } = require('./support/settle.js');

const row = rowsOf(__filename);
const filename = path.join(__dirname, 'fixtures', 'results.js');

/**
 * @param {any} Pool
 * @param {string} name
 */
async function errorOf (Pool, name) {
  const pool = new Pool({ filename, maxThreads: 1 });
  const { outcome, error } = await outcomeOf('the end of the task', pool.run(undefined, { name }));
  assert.equal(outcome, 'rejected', 'the task is fulfilled though it threw');
  return error;
}

row(12, 'a task that throws null or undefined rejects with it', async (Pool) => {
  assert.equal(await errorOf(Pool, 'throwUndefined'), undefined);
  assert.equal(await errorOf(Pool, 'throwNull'), null);
});

row(13, 'a result that cannot be cloned rejects with the DataCloneError, and the worker lives', async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1 });
  pool.on('error', () => {});
  const thread = await settled('a first task', pool.run(undefined, { name: 'thread' }));
  const { outcome, error } = await outcomeOf('the end of the task', pool.run(undefined, { name: 'uncloneable' }));
  assert.equal(outcome, 'rejected');
  assert.equal(error.name, 'DataCloneError', `the task is rejected with ${JSON.stringify(error)}`);
  assert.match(error.message, /could not be cloned/);
  assert.equal(await settled('a task after it', pool.run(undefined, { name: 'thread' })), thread, 'the worker died');
});

row(14, 'an error keeps its name, code, own properties, cause and stack', async (Pool) => {
  const error = await errorOf(Pool, 'throwCustom');
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'QuotaError', `the name is lost: ${error.name}`);
  assert.equal(error.message, 'too much');
  assert.equal(error.code, 'E_QUOTA');
  assert.deepEqual(error.remaining, { bytes: 12, since: new Date(0) });
  assert.ok(error.cause instanceof RangeError);
  assert.equal(error.cause.message, 'the disk is full');
  assert.match(error.stack, /throwCustom.*results\.js/);
});

row(14, 'an AggregateError keeps its errors', async (Pool) => {
  const error = await errorOf(Pool, 'throwAggregate');
  assert.equal(error.name, 'AggregateError', `the name is lost: ${error.name}`);
  assert.equal(error.message, 'two of them');
  assert.deepEqual(error.errors.map((/** @type {any} */ { name, message }) => `${name}: ${message}`), ['TypeError: first', 'QuotaError: second']);
  assert.equal(error.errors[1].code, 'E_QUOTA');
});
