'use strict';

const assert = require('node:assert/strict');
const { quantile } = require('../harness/statistics');
const { keepInFlight, perSecond } = require('./tasks');

/** @typedef {{ inFlight: number, count: number, bytes: number }} Parameters */
/** @typedef {{ pool: import('../contestants/types').OpenPool, buffers: ArrayBuffer[], latencies: number[] }} State */

/**
 * One buffer goes there and back; it is a new ArrayBuffer object afterwards, of the same memory.
 *
 * @param {State} state
 * @param {number} lane
 */
async function roundTrip ({ pool, buffers, latencies }, lane) {
  const sent = buffers[lane];
  const { byteLength } = sent;
  const mark = new Uint32Array(sent, 0, 1)[0];
  const start = performance.now();
  const received = await pool.runTransferring(sent, [sent]);
  latencies.push((performance.now() - start) * 1000);
  assert.equal(sent.byteLength, 0, 'the sent buffer was transferred');
  assert.equal(received.byteLength, byteLength);
  assert.equal(new Uint32Array(received, 0, 1)[0], mark + 1, 'the worker wrote to this buffer');
  buffers[lane] = received;
}

// poolifier's workers cannot transfer, so its way back is a copy.
const one = ['rockpool', 'bare', 'piscina', 'tinypool', 'workerpool', 'poolifier'];

/** @type {import('./types').Scenario<Parameters, State>} */
module.exports = {
  id: 'transfer',
  title: 'An ArrayBuffer there and back by transfer',
  metrics: {
    median: { title: 'median latency', unit: 'µs', better: 'less' },
    rate: { title: 'rate', unit: 'tasks/s', better: 'more' }
  },
  cases: [
    {
      id: 'one-at-a-time',
      title: '1 MiB ArrayBuffer there and back by transfer, one at a time, 1 worker',
      metrics: ['median', 'rate'],
      contestants: one,
      parameters: { inFlight: 1, count: 1_000, bytes: 1024 * 1024 },
      quick: { count: 20 },
      rounds: 9
    },
    {
      id: '16-in-flight',
      title: '1 MiB ArrayBuffers there and back by transfer, 16 in flight, 1 worker',
      metrics: ['rate'],
      contestants: [...one, 'piscina-1000', 'tinypool-1000', 'poolifier-queue-1000'],
      parameters: { inFlight: 16, count: 5_000, bytes: 1024 * 1024 },
      quick: { count: 64 },
      rounds: 7
    }
  ],

  async prepare (contestant, { inFlight, count, bytes }) {
    const pool = contestant.open({ job: 'echo', workers: 1 });
    const buffers = Array.from({ length: inFlight }, () => new ArrayBuffer(bytes));
    const state = { pool, buffers, latencies: [] };
    await keepInFlight(inFlight, count, (lane) => roundTrip(state, lane));
    return state;
  },

  async sample (state, { inFlight, count }) {
    state.latencies = [];
    const milliseconds = await keepInFlight(inFlight, count, (lane) => roundTrip(state, lane));
    return { median: quantile(state.latencies, 0.5), rate: perSecond(count, milliseconds) };
  },

  finish: async ({ pool }) => pool.close()
};
