'use strict';

/**
 * What this thread is to the package, and where the addon lies. The worker's entry sets all of it before it loads
 * anything else, so that a `require` of the package in the user's file finds it. Everywhere else the first two stay as
 * they are here; the search for the addon, which costs more than loading it, is made on the main thread alone.
 *
 * @type {{ isWorkerThread: boolean, workerData: any, addon: string | null }}
 */
const threadState = { isWorkerThread: false, workerData: undefined, addon: null };

module.exports = { threadState };
