'use strict';

// What every Worker of a pool runs: waits for the main thread's first message, then works.

// First: what the runtime has now is what counts.
require('../host');

const { parentPort, workerData } = require('node:worker_threads');

const { enterWorker, threadState } = require('../thread-state');

enterWorker(workerData);

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

// After this message there is no listener: messages of the user wait in the port until the worker file listens, and the
// port does not keep the thread alive, so that until-idle.js can detect a file that waits for nothing while it loads.
// The listener returns no promise, because Node would read its `then`.
port.once('message', (start) => { begin(start); });

/** @param {any} start the main thread's first message, see lib/pool/worker-handle.js */
async function begin (start) {
  lowerPriority(start.niceIncrement);
  threadState.addon = start.addon;
  // Here and not above: it loads the addon.
  /** @type {typeof import('./loop')} */
  const { TaskLoop } = require('./loop');
  const loop = makeLoop(TaskLoop, start);
  if (loop === null) return;
  if (start.preload) await loop.preload(start.filename, start.name);
  loop.begin();
}

/** Codes that say that the pool, or this worker's place in it, is no longer there. */
const gone = new Set(['ERR_ROCKPOOL_POOL_GONE', 'ERR_ROCKPOOL_SLOT_GONE']);

/**
 * @param {typeof import('./loop').TaskLoop} TaskLoop
 * @param {any} start
 * @returns {import('./loop').TaskLoop | null} none where the worker was told to end before it had begun, which takes a
 *   moment in some runtimes: nobody waits for it, so that is no error
 */
function makeLoop (TaskLoop, start) {
  try {
    return new TaskLoop(start);
  } catch (error) {
    if (gone.has(/** @type {any} */ (error)?.code)) return null;
    throw error;
  }
}

/** @param {number} increment */
function lowerPriority (increment) {
  if (increment === 0) return;
  try {
    require('@napi-rs/nice').nice(increment);
  } catch {
    // An optional dependency: without it, or where the system refuses, the priority stays as it is.
  }
}
