'use strict';

const { isDirected } = require('../../options');
const { NativeScheduler } = require('./native');

/**
 * Decides which worker runs which task, and when.
 *
 * @typedef {object} Scheduler
 * @property {(value: any, transferList: any[] | undefined, signal: import('../../abort').AbortSignalAny | null,
 *   filename: string, name: string, record: import('../../observe/task-record').TaskRecord | null) => Promise<any>} run
 *   takes a task in
 * @property {() => void} distribute gives tasks to workers: after a change that the workers do not see themselves
 * @property {(refused: boolean) => void} askLater sees to it that tasks which are held back have a worker
 * @property {() => void} workerReady a worker has booted
 * @property {() => void} wakeForWaiting wakes as many workers as tasks wait for: after a change that may let several start
 * @property {(task: import('../task').Task, handle: import('../worker-handle').WorkerHandle | undefined, failed: boolean,
 *   value: unknown) => void} finish settles a task that has ended in its worker
 * @property {(task: import('../task').Task) => void} abort takes an aborted task back, whoever has it
 * @property {(task: import('../task').Task) => boolean} withdraw takes an aborted task back that no worker was given;
 *   false if `abort` is needed
 * @property {(task: import('../task').Task, record: import('../../protocol/record').Record, isPort: boolean) => void} takeBack puts a task before all
 *   others that its worker has not taken
 * @property {(keep: number) => import('../task').Task[]} takeWaiting takes all tasks that have not started, but the
 *   oldest
 * @property {() => void} undo undoes what calls have begun that were cut short
 * @property {() => void} stop the pool ends
 * @property {boolean} runsForeignCode whether code of the user's takes part: nobody knows how long it takes
 * @property {boolean} isCutShort whether a call was cut short here, or is under way
 * @property {boolean} holdsBack whether tasks wait though workers may be free
 * @property {number} queueSize
 * @property {number} idleThreads
 */

/**
 * @param {import('../thread-pool').ThreadPool} pool
 * @returns {Scheduler}
 */
function createScheduler (pool) {
  if (!isDirected(pool.options)) return new NativeScheduler(pool);
  // Loaded when first used: most pools have no queue and no balancer of the user's.
  const { CustomScheduler } = require('./custom');
  return new CustomScheduler(pool);
}

module.exports = { createScheduler };
