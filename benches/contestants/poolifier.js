'use strict';

const { join } = require('node:path');

const filename = join(__dirname, '..', 'workers', 'poolifier.js');

/**
 * @param {string} id
 * @param {string} name
 * @param {object} options
 * @returns {import('./types').Contestant}
 */
function poolifier (id, name, options) {
  return {
    id,
    name,
    library: 'poolifier',
    async load () {
      const { FixedThreadPool } = require('poolifier');
      return {
        main: ['poolifier'],
        open ({ job, workers }) {
          const pool = new FixedThreadPool(workers, filename, {
            workerOptions: { workerData: { job } },
            ...options
          });
          return {
            run: (value) => pool.execute(value),
            runTransferring: (value, transferList) => pool.execute(value, undefined, undefined, transferList),
            runAbortable: (value, signal) => pool.execute(value, undefined, signal),
            close: () => pool.destroy()
          };
        }
      };
    }
  };
}

module.exports = [
  poolifier('poolifier', 'poolifier', {}),
  poolifier('poolifier-queue', 'poolifier, queue', { enableTasksQueue: true }),
  poolifier('poolifier-queue-1000', 'poolifier, queue of 1000 concurrent', {
    enableTasksQueue: true,
    tasksQueueOptions: { concurrency: 1000 }
  })
];
