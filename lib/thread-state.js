'use strict';

/** Where a worker's entry says what the thread is to every copy of the package that is loaded in it. */
const kThread = Symbol.for('rockpool.thread');

/** @type {{ workerData: any } | undefined} */
const published = Reflect.get(globalThis, kThread);

/**
 * What this thread is to the package, and where the addon lies. The worker's entry sets all of it before it loads
 * anything else, so that a `require` of the package in the user's file finds it. Everywhere else the first two stay as
 * they are here; the search for the addon, which costs more than loading it, is made on the main thread alone.
 *
 * @type {{ isWorkerThread: boolean, workerData: any, addon: string | null }}
 */
const threadState = { isWorkerThread: published !== undefined, workerData: published?.workerData, addon: null };

/**
 * Makes this thread a pool's worker. The addon's path is for this copy alone: another one may be of another version.
 *
 * @param {any} workerData
 */
function enterWorker (workerData) {
  threadState.isWorkerThread = true;
  threadState.workerData = workerData;
  Object.defineProperty(globalThis, kThread, /** @type {any} */ ({ __proto__: null, value: { workerData } }));
}

module.exports = { enterWorker, threadState };
