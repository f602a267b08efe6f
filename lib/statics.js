'use strict';

const { version } = require('../package.json');
const { kQueueOptions, kTransferable, kValue } = require('./symbols');
const { ArrayTaskQueue, FixedQueue } = require('./task-queues');
const { threadState } = require('./thread-state');
const { move } = require('./transfer');

/**
 * The static members, which are at the same time the named exports of the package: index.mjs lists the same names.
 *
 * @type {Record<string, PropertyDescriptor>}
 */
const statics = {
  isWorkerThread: { get: () => threadState.isWorkerThread },
  workerData: { get: () => threadState.workerData },
  version: { get: () => version },
  FixedQueue: { get: () => FixedQueue },
  ArrayTaskQueue: { get: () => ArrayTaskQueue },
  transferableSymbol: { get: () => kTransferable },
  valueSymbol: { get: () => kValue },
  queueOptionsSymbol: { get: () => kQueueOptions },
  // Loaded when it is asked for: most programs have no use for the kernels, and no worker waits for them.
  kernels: { get: () => require('./kernels').kernels },
  metrics: { value: (/** @type {any} */ pools) => require('./observe/metrics').metrics(pools), writable: true },
  move: { value: move, writable: true }
};

/**
 * Gives the class its static members.
 *
 * @template {Function} T
 * @param {T} Piscina
 * @returns {T}
 */
function defineStatics (Piscina) {
  for (const [name, descriptor] of Object.entries({ ...statics, Piscina: { get: () => Piscina } })) {
    Object.defineProperty(Piscina, name, /** @type {any} */ ({ __proto__: null, enumerable: false, configurable: true, ...descriptor }));
  }
  return Piscina;
}

module.exports = { defineStatics };
