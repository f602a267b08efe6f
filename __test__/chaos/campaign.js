'use strict';

const { countPlan, makePlan } = require('./plan');
const { runPlan } = require('./run');
const { shrink } = require('./shrink');

/**
 * Many plans, each in a process of its own, until so many tasks and faults were played or one plan fails.
 */

/** Tasks of one process: enough to meet each other, few enough to be played again and again while a failure shrinks. */
const TASKS = 4000;

/** Milliseconds without anything new that are called a hang while a plan that hangs is shrunk. */
const SHORT_HANG = 8000;

/**
 * @typedef {object} Wanted
 * @property {number} seed of the first plan; the next ones follow
 * @property {number} tasks
 * @property {number} faults
 * @property {string} [node] the program
 * @property {string} [bug] to be put between the plans and their pools
 * @property {number} [seconds] no new plan is begun after so many
 * @property {number} [shrinkSeconds] how long a shorter plan is looked for
 * @property {(line: string) => void} [say]
 */

/**
 * @param {Wanted} wanted
 * @returns {Promise<{ tasks: number, faults: number, failure: any | null }>}
 */
async function runCampaign ({ seed, tasks, faults, node, bug, seconds = Infinity, shrinkSeconds = 120, say = () => {} }) {
  const start = performance.now();
  const done = { tasks: 0, faults: 0, failure: null };
  for (let next = seed; done.tasks < tasks && performance.now() - start < seconds * 1000; next++) {
    const share = Math.min(TASKS, tasks - done.tasks);
    const wanted = { seed: next, tasks: share, faults: Math.ceil(faults * share / tasks) };
    const plan = makePlan(wanted);
    const { failures } = await runPlan(plan, { node, bug });
    if (failures.length > 0) {
      say(`seed ${next}: ${failures[0].kind}: ${failures[0].what}`);
      return { ...done, failure: await explain(wanted, plan, failures, { node, bug, shrinkSeconds }) };
    }
    const counts = countPlan(plan);
    done.tasks += counts.tasks;
    done.faults += counts.faults;
    say(`seed ${next}: ${done.tasks} tasks, ${done.faults} faults`);
  }
  return done;
}

/**
 * @param {{ seed: number, tasks: number, faults: number }} wanted what the plan was made of
 * @param {import('./plan').Plan} plan
 * @param {any[]} failures
 * @param {{ node?: string, bug?: string, shrinkSeconds: number }} options
 */
async function explain (wanted, plan, failures, { node, bug, shrinkSeconds }) {
  const [{ kind, scene }] = failures;
  const end = performance.now() + shrinkSeconds * 1000;
  const play = async (/** @type {import('./plan').Plan} */ candidate) =>
    (await runPlan(candidate, { node, bug, hang: SHORT_HANG })).failures.map((failure) => failure.kind);
  const shortest = await shrink(plan, kind, play, { scene, isOver: () => performance.now() > end });
  return { wanted, failures, shortest };
}

/** @param {any} failure what a campaign has found */
function describe ({ wanted: { seed, tasks, faults }, failures, shortest }) {
  const scenes = shortest.scenes.map(({ items, ...scene }) =>
    [`  ${JSON.stringify(scene)}`, ...items.map((item) => `    ${JSON.stringify(item)}`)].join('\n'));
  return [
    ...failures.slice(0, 20).map(({ kind, scene, what }) => `${kind}${scene === undefined ? '' : ` in scene ${scene}`}: ${what}`),
    `the shortest plan found, of ${shortest.scenes.reduce((sum, { items }) => sum + items.length, 0)} items:`,
    ...scenes,
    `again: npm run chaos -- --seed ${seed} --tasks ${tasks} --faults ${faults}`
  ].join('\n');
}

module.exports = { TASKS, describe, runCampaign };
