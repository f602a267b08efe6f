'use strict';

const { existsSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const root = join(__dirname, '..', '..');

/**
 * The handler's own file is the worker file of these libraries; where a handler needs the
 * library itself (`move`), there is one file for each of them. Another tree of rockpool has
 * files of its own, which find that tree; what it has not got yet is taken from here.
 *
 * @param {string} job
 * @param {string} library
 * @param {string} tree
 */
function workerFile (job, library, tree) {
  const names = [`${job}.${library}.js`, `${job}.${library}.mjs`, `${job}.js`];
  const file = [tree, root]
    .flatMap((folder) => names.map((name) => join(folder, 'benches', 'workers', name)))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new Error(`no worker file for the job ${job} of ${library}`);
  }
  return file;
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
 * @param {[name: string] | [name: string, file: string]} [description.main] what a program requires
 * @param {string} [description.tree] where the worker files lie
 * @returns {import('./types').Contestant}
 */
function piscinaLike ({ id, name, library, loadClass, options = {}, main, tree = root }) {
  return {
    id,
    name,
    library,
    async load () {
      const Pool = await loadClass();
      return {
        main,
        open ({ job, workers: count }) {
          const filename = workerFile(job, library, tree);
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

/**
 * What a program requires of a tree of rockpool: its name, where it has been packed, see harness/package.js.
 *
 * @param {string} tree
 * @returns {[name: string] | [name: string, file: string]}
 */
function mainOf (tree) {
  return basename(dirname(tree)) === 'node_modules' ? ['rockpool', join(tree, '..', '..', 'program.js')] : [join(tree, 'index.js')];
}

module.exports = { mainOf, piscinaLike };
