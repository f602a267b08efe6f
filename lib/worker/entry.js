'use strict';

// What every Worker of a pool runs: waits for the main thread's first message, then works.

// First: what the runtime has now is what counts.
require('../host');

const { parentPort, workerData } = require('node:worker_threads');

const { enterWorker, threadState } = require('../thread-state');

enterWorker(workerData);

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

// Nobody listens once this has come: what the user posts waits in the port until his file listens, and nothing keeps
// the thread alive, by which a file that waits for nothing while it loads is found out (see until-idle.js).
// No promise is given back, whose `then` would be asked for.
port.once('message', (start) => { begin(start); });

/** @param {any} start the main thread's first message, see lib/pool/worker-handle.js */
async function begin (start) {
  lowerPriority(start.niceIncrement);
  threadState.addon = start.addon;
  // Here and not above: it loads the addon.
  /** @type {typeof import('./loop')} */
  const { TaskLoop } = require('./loop');
  const loop = new TaskLoop(start);
  if (start.preload) await loop.preload(start.filename, start.name);
  loop.begin();
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
