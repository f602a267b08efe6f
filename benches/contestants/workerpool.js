'use strict';

const { join } = require('node:path');

const filename = join(__dirname, '..', 'workers', 'workerpool.js');

/** @type {import('./types').Contestant} */
const workerpool = {
  id: 'workerpool',
  name: 'workerpool',
  library: 'workerpool',
  async load () {
    const library = require('workerpool');
    return {
      main: ['workerpool'],
      open ({ job, workers }) {
        const pool = library.pool(filename, {
          workerType: 'thread',
          minWorkers: workers,
          maxWorkers: workers,
          workerThreadOpts: { workerData: { job } }
        });
        return {
          run: (value) => pool.exec('run', [value]),
          runTransferring: (value, transfer) => pool.exec('run', [value], { transfer }),
          // workerpool knows no signal: its promises have a cancel() of their own.
          runAbortable (value, signal) {
            const promise = pool.exec('run', [value]);
            // cancel() returns the promise; an event listener that returned it would have its
            // rejection reported as unhandled.
            signal.addEventListener('abort', () => void promise.cancel(), { once: true });
            return promise;
          },
          close: async () => pool.terminate(true)
        };
      }
    };
  }
};

module.exports = [workerpool];
