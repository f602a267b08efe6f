'use strict';

/**
 * What this thread is to the package. The worker's entry sets both before it loads the user's file, so that a
 * `require` of the package in that file finds them; everywhere else they stay as they are here.
 *
 * @type {{ isWorkerThread: boolean, workerData: any }}
 */
const threadState = { isWorkerThread: false, workerData: undefined };

module.exports = { threadState };
