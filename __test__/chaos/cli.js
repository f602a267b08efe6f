'use strict';

// `npm run chaos`: plays plans of tasks and faults against pools, and judges what becomes of each task. See README.md.

const { writeFileSync, readFileSync } = require('node:fs');
const { parseArgs } = require('node:util');

const { findNode, installReleases } = require('../../ci/test/matrix');
const { describe, runCampaign } = require('./campaign');
const { runPlan } = require('./run');

const usage = `npm run chaos -- [options]

  --tasks N            how many tasks (200000)
  --faults N           how many faults, besides those that are tasks' own doing (4000)
  --seed N             the seed of the first plan (of the clock)
  --node 20,22,24,26   on these releases of Node.js, of ci/test/runtimes (the one that runs this)
  --shrink-seconds N   how long a short plan is looked for when one fails (120)
  --write FILE         where to write the shortest plan
  --bug NAME           puts a bug of sabotage.js between the plans and their pools, to see it found
  --plan FILE          plays the plan in this file instead, until it fails or --times N (20) are over`;

function parse () {
  const { values } = parseArgs({
    options: {
      tasks: { type: 'string', default: '200000' },
      faults: { type: 'string', default: '4000' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      node: { type: 'string' },
      'shrink-seconds': { type: 'string', default: '120' },
      write: { type: 'string' },
      plan: { type: 'string' },
      times: { type: 'string', default: '20' },
      bug: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  });
  const numbers = Object.fromEntries(['tasks', 'faults', 'seed', 'times', 'shrink-seconds'].map((name) => {
    const number = Number(/** @type {any} */ (values)[name]);
    if (!Number.isInteger(number) || number < 0) throw new TypeError(`--${name} takes a whole number`);
    return [name, number];
  }));
  return { values, numbers };
}

/**
 * @param {string} file
 * @param {string} node
 * @param {number} times
 */
async function playFile (file, node, times) {
  const plan = JSON.parse(readFileSync(file, 'utf8'));
  for (let time = 1; time <= times; time++) {
    const { failures } = await runPlan(plan, { node });
    for (const { kind, what } of failures) console.log(`${kind}: ${what}`);
    if (failures.length > 0) return false;
  }
  console.log(`clean ${times} times`);
  return true;
}

async function main () {
  const { values, numbers } = parse();
  if (values.help) {
    console.log(usage);
    return true;
  }
  const releases = values.node?.split(',');
  if (releases !== undefined) await installReleases(releases);
  for (const node of releases?.map(findNode) ?? [process.execPath]) {
    if (values.plan !== undefined) {
      if (!await playFile(values.plan, node, numbers.times)) return false;
      continue;
    }
    const { tasks, faults, seed } = numbers;
    console.log(`${node}: seed ${seed}`);
    const result = await runCampaign({
      tasks, faults, seed, node, bug: values.bug, shrinkSeconds: numbers['shrink-seconds'], say: (line) => console.log(`  ${line}`)
    });
    if (result.failure !== null) {
      console.log(describe(result.failure));
      if (values.write !== undefined) writeFileSync(values.write, JSON.stringify(result.failure.shortest));
      return false;
    }
    console.log(`${node}: clean, ${result.tasks} tasks and ${result.faults} faults`);
  }
  return true;
}

main().then((clean) => {
  process.exitCode = clean ? 0 : 1;
}, (error) => {
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 1;
});
