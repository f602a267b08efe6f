'use strict';

const { parentPort, workerData } = require('node:worker_threads');

const { Piscina, isWorkerThread, move } = require('../..');

module.exports = (/** @type {any} */ value) => value;

Object.assign(module.exports, {
  fill: () => {
    const kept = [];
    for (;;) kept.push(new Array(10_000).fill(kept.length));
  },
  add: ({ a, b }) => a + b,
  later: async (value) => {
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    return value;
  },
  fail: (what) => {
    if (what === 'null') throw null;
    if (what === 'code') throw Object.assign(new RangeError('too far', { cause: new Error('why') }), { code: 'E_FAR' });
    throw new TypeError('boom');
  },
  unclonable: () => () => {},
  sum: (/** @type {Uint8Array} */ bytes) => bytes.reduce((sum, byte) => sum + byte, 0),
  moved: (length) => move(new Uint8Array(length).fill(1)),
  forever: () => { for (;;); },
  exit: () => { process.exit(3); },
  about: () => ({ isWorkerThread, data: workerData, ours: Piscina.workerData }),
  post: (value) => { parentPort.postMessage(value); },
  async nested (values) {
    const pool = new Piscina({ filename: __filename, maxThreads: 2 });
    try {
      return await Promise.all(values.map((value) => pool.run(value, { name: 'later' })));
    } finally {
      await pool.close();
    }
  }
});
