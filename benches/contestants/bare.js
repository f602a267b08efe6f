'use strict';

const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

const filename = join(__dirname, '..', 'workers', 'bare.js');

/**
 * Workers without a pool: an id, a map and postMessage, one worker after the other. It has no
 * queue, no limits and no error handling; it shows what the platform itself costs.
 *
 * @param {import('./types').PoolShape} shape
 * @returns {import('./types').OpenPool}
 */
function open ({ job, workers }) {
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (reason: unknown) => void }>} */
  const pending = new Map();
  const all = Array.from({ length: workers }, () => {
    const worker = new Worker(filename, { workerData: { job } });
    worker.on('message', ({ id, result }) => {
      const task = pending.get(id);
      if (task !== undefined) {
        pending.delete(id);
        task.resolve(result);
      }
    });
    return worker;
  });
  let lastId = 0;

  /**
   * @param {unknown} value
   * @param {ArrayBuffer[]} [transferList]
   */
  function run (value, transferList) {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      all[id % workers].postMessage({ id, value }, transferList);
    });
  }

  return {
    run: (value) => run(value),
    runTransferring: run,
    // A message that is under way cannot be taken back; the caller is told at once all the same.
    runAbortable (value, signal) {
      const promise = run(value);
      const id = lastId;
      signal.addEventListener('abort', () => {
        pending.get(id)?.reject(signal.reason);
        pending.delete(id);
      }, { once: true });
      return promise;
    },
    close: () => Promise.all(all.map((worker) => worker.terminate()))
  };
}

/** @type {import('./types').Jobs} */
const jobs = {
  // Another hash than rockpool's, and the best that Node itself has.
  blake3 () {
    const pool = open({ job: 'digest', workers: 1 });
    return async (/** @type {Uint8Array} */ bytes) => {
      const { digest, bytes: input } = await pool.runTransferring(bytes, [/** @type {ArrayBuffer} */ (bytes.buffer)]);
      return { input, answer: { algorithm: 'sha256', digest } };
    };
  }
};

/** @type {import('./types').Contestant} */
const bare = { id: 'bare', name: 'bare Workers', load: async () => ({ open, jobs }) };

module.exports = [bare];
