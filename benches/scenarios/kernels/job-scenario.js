'use strict';

const { watchLoop } = require('../../harness/event-loop');
const { warmUp } = require('../tasks');

/** @typedef {import('../types').Job} Job */
/** @typedef {import('../types').Task} Task */

/** @type {Record<string, import('../types').Metric>} */
const metrics = {
  time: { title: 'time', unit: 'ms', better: 'less' },
  loop: { title: 'main event loop held up', unit: 'ms', better: 'less' },
  call: { title: 'the call alone', unit: 'ms', better: 'less' },
  size: { title: 'size of the result', unit: 'MiB', better: 'less' }
};

/** A contestant with a job: from the task to checked answers. */
class Bench {
  /**
   * @param {Job} job
   * @param {Task} task
   * @param {import('../../contestants/types').Run} run
   */
  constructor (job, task, run) {
    this.job = job;
    this.task = task;
    this.run = run;
    /** What is worked on, where the task's own input must be kept as it is. */
    this.copy = task.inPlace ? task.input.slice() : null;
  }

  /** Makes the input what it is in the task, whatever the run before has made of it. */
  restore () {
    this.copy?.set(this.task.input);
  }

  /** One run: what comes back is the memory for the next one. */
  async perform () {
    const { answer, input } = await this.run(this.copy ?? this.task.input);
    if (this.copy === null) {
      this.task.input = input;
    } else {
      this.copy = input;
    }
    return answer;
  }

  /** One run; only the call and what comes before its answer is timed. */
  async once () {
    this.restore();
    const watch = await watchLoop();
    const start = performance.now();
    const pending = this.perform();
    const called = performance.now();
    const answer = await pending;
    const end = performance.now();
    const delays = watch.stop();
    this.job.check(this.task, answer);
    return {
      time: end - start,
      call: called - start,
      loop: Math.max(...delays),
      ...this.job.measure?.(answer)
    };
  }
}

/**
 * @param {Job | undefined} job
 * @param {import('../types').JobParameters} parameters
 * @param {Partial<import('../../contestants/types').LoadedJobs>} contestant
 */
async function openBench (job, parameters, { jobs }) {
  const begin = jobs?.[parameters.job];
  if (job === undefined || begin === undefined) {
    throw new Error(`knows nothing of the job ${parameters.job}`);
  }
  const task = await job.make(parameters);
  return new Bench(job, task, await begin(task));
}

/**
 * A scenario whose cases each name a job.
 *
 * @param {object} description
 * @param {string} description.id
 * @param {string} description.title
 * @param {Record<string, Job>} description.jobs
 * @param {import('../types').Case<import('../types').JobParameters>[]} description.cases
 * @returns {import('../types').JobScenario}
 */
function jobScenario ({ id, title, jobs, cases }) {
  return {
    id,
    title,
    metrics,
    cases,
    jobs,
    async prepare (contestant, parameters) {
      const bench = await openBench(jobs[parameters.job], parameters, contestant);
      await warmUp(() => bench.once(), parameters.warm === false);
      return bench;
    },
    sample: (/** @type {Bench} */ bench) => bench.once(),
    finish: async () => {}
  };
}

module.exports = { Bench, jobScenario, openBench, MiB: 2 ** 20 };
