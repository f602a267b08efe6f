'use strict';

// What every Worker of a pool runs: waits for the main thread's first message, then works.

// First: what the runtime has now is what counts.
require('../host');

const { parentPort, workerData } = require('node:worker_threads');

const { enterWorker, threadState } = require('../thread-state');

enterWorker(workerData);

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

/** @type {any[]} Messages of the user's that came before his file could listen. */
const early = [];
const keepEarly = (/** @type {any} */ message) => { early.push(message); };

// No promise is given back, whose `then` would be asked for.
port.once('message', (start) => { begin(start); });

/** @param {any} start the main thread's first message, see lib/pool/worker-handle.js */
async function begin (start) {
  port.on('message', keepEarly);
  // A file that waits for nothing any more while it loads is found out by that (see until-idle.js).
  port.unref();
  lowerPriority(start.niceIncrement);
  threadState.addon = start.addon;
  // Here and not above: it loads the addon.
  /** @type {typeof import('./loop')} */
  const { TaskLoop } = start.bundled
    // By name, both: tools that collect the files of an application read them here.
    ? /** @type {any} */ (require('./loop.bundle'))
    : require('./loop');
  const loop = new TaskLoop(start);
  if (start.preload) await loop.preload(start.filename, start.name);
  port.off('message', keepEarly);
  for (const message of early) port.emit('message', message);
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
