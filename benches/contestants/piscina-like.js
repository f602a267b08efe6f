'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const workers = join(__dirname, '..', 'workers');

/**
 * The handler's own file is the worker file of these libraries; where a handler needs the
 * library itself (`move`), there is one file for each of them.
 *
 * @param {string} job
 * @param {string} library
 */
function workerFile (job, library) {
  const names = [`${job}.${library}.js`, `${job}.${library}.mjs`, `${job}.js`];
  const name = names.find((candidate) => existsSync(join(workers, candidate)));
  if (name === undefined) {
    throw new Error(`no worker file for the job ${job} of ${library}`);
  }
  return join(workers, name);
}

/**
 * A contestant whose library has piscina's interface.
 *
 * @param {object} description
 * @param {string} description.id
 * @param {string} description.name
 * @param {'rockpool' | 'piscina' | 'tinypool'} description.library
 * @param {() => Promise<new (options: object) => any>} description.loadClass
 * @param {object} [description.options]
 * @returns {import('./types').Contestant}
 */
function piscinaLike ({ id, name, library, loadClass, options = {} }) {
  return {
    id,
    name,
    library,
    async load () {
      const Pool = await loadClass();
      return {
        open ({ job, workers: count }) {
          const filename = workerFile(job, library);
          const pool = new Pool({ filename, minThreads: count, maxThreads: count, ...options });
          return {
            run: (value) => pool.run(value),
            runTransferring: (value, transferList) => pool.run(value, { transferList }),
            runAbortable: (value, signal) => pool.run(value, { signal }),
            close: () => pool.destroy()
          };
        }
      };
    }
  };
}

module.exports = { piscinaLike };
