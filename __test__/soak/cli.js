'use strict';

// `npm run soak`: a full load of mixed tasks for ten minutes, and whether anything grows with it. See README.md.

const { parseArgs } = require('node:util');

const { findNode, installReleases } = require('../../ci/test/matrix');
const { soak } = require('./run');

const usage = `npm run soak -- [options]

  --seconds N          how long (600)
  --seed N             what the clients do (of the clock)
  --node 20,22,24,26   on these releases of Node.js, of ci/test/runtimes (the one that runs this)`;

function parse () {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      node: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  });
  const [seconds, seed] = [values.seconds, values.seed].map(Number);
  if (!(seconds >= 5)) throw new TypeError(`--seconds takes a number of at least 5, not "${values.seconds}"`);
  if (!Number.isInteger(seed)) throw new TypeError(`--seed takes a whole number, not "${values.seed}"`);
  return { seconds, seed, releases: values.node?.split(','), help: values.help };
}

/**
 * @param {number} number
 * @param {string} unit
 */
const show = (number, unit) => unit === 'bytes' ? `${(number / 2 ** 20).toFixed(1)} MiB` : `${number.toFixed(1)} ${unit}`;

async function main () {
  const { seconds, seed, releases, help } = parse();
  if (help) {
    console.log(usage);
    return true;
  }
  if (releases !== undefined) await installReleases(releases);
  let isClean = true;
  for (const node of releases?.map(findNode) ?? [process.execPath]) {
    console.log(`${node}: seed ${seed}, ${seconds} s`);
    // Pairs of samples are compared: some hundreds say all there is to say.
    const samples = Math.min(300, Math.round(seconds));
    const { tasks, verdicts } = await soak({ seconds, seed, samples }, node);
    console.log(`  ${tasks} tasks, ${Math.round(tasks / seconds)} a second`);
    for (const { name, rise, limit, unit, first, last, isLeak } of verdicts) {
      console.log(`  ${isLeak ? 'LEAK' : 'ok  '}  ${name.padEnd(13)} ${show(first, unit)} to ${show(last, unit)}; the trend rises by ${show(rise, unit)}, ${show(limit, unit)} at most`);
    }
    isClean &&= !verdicts.some(({ isLeak }) => isLeak);
  }
  return isClean;
}

main().then((isClean) => {
  process.exitCode = isClean ? 0 : 1;
}, (error) => {
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 1;
});
