'use strict';

// Compares two built trees of rockpool, this one and another, in the same cases and in one run.
// See README.md.

const { existsSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { parseArgs } = require('node:util');

const usage = `usage: node benches/compare.js --before DIR [options]

  --before DIR        another tree of rockpool, with its addon built
  --scenarios A,B     only these; "pool" and "kernels" are all of that part
  --rounds N          rounds of each case, 9 by default
  --least RATIO       exit with 1 if this tree has less than this of the other's speed anywhere
  --quick             small counts, one round: checks answers, times mean nothing
  --help
`;

/** @param {string} message @returns {never} */
function refuse (message) {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}

/**
 * @param {string} text
 * @param {string} name
 */
function positive (text, name) {
  const value = Number(text);
  return value > 0 && value < Infinity ? value : refuse(`--${name} takes a number above 0, not "${text}"`);
}

function readArguments () {
  try {
    return parseArgs({
      options: {
        before: { type: 'string' },
        scenarios: { type: 'string', default: '' },
        rounds: { type: 'string', default: '9' },
        least: { type: 'string' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    }).values;
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/** @param {string | undefined} given */
function findTree (given) {
  if (given === undefined) return refuse('--before is missing');
  const tree = resolve(given);
  if (!existsSync(join(tree, 'index.js'))) return refuse(`${tree} is no tree of rockpool: it has no index.js`);
  return tree;
}

/**
 * How much better one tree is than the other, above 1 is better. The samples of a round were taken one after the other.
 *
 * @param {number[]} after
 * @param {number[]} before
 * @param {'more' | 'less'} better
 */
function compareSamples (after, before, better) {
  const { quantile, summarize } = require('./harness/statistics');
  const ratio = (/** @type {number} */ now, /** @type {number} */ then) => (better === 'more' ? now / then : then / now);
  const pairs = after.slice(0, before.length).map((value, at) => ratio(value, before[at]));
  return {
    after: summarize(after).median,
    before: summarize(before).median,
    ratio: ratio(summarize(after).median, summarize(before).median),
    low: quantile(pairs, 0.25),
    high: quantile(pairs, 0.75)
  };
}

/**
 * @param {import('./harness/rounds').Outcome} outcome
 * @returns {{ rows: string[][], ratios: number[], failures: string[] }}
 */
function compareOutcome ({ title, entries, metrics }) {
  const { number } = require('./harness/report');
  const { rockpool, before } = entries;
  const failures = [rockpool, before]
    .flatMap(({ name, failure }) => (failure === null ? [] : [`${title}: ${name}: ${failure.split('\n')[0]}`]));
  const compared = Object.entries(metrics)
    .filter(([metric]) => rockpool.samples[metric] !== undefined && before.samples[metric] !== undefined)
    .map(([metric, { better, unit }]) => {
      const result = compareSamples(rockpool.samples[metric], before.samples[metric], better);
      return { metric: `${metric}, ${unit}`, ...result };
    });
  return {
    rows: compared.map((one) => [
      `  ${title}`, one.metric, number(one.before), number(one.after), one.ratio.toFixed(3),
      `${one.low.toFixed(3)} … ${one.high.toFixed(3)}`
    ]),
    ratios: compared.map(({ ratio }) => ratio),
    failures
  };
}

async function main () {
  const options = readArguments();
  if (options.help) {
    console.log(usage);
    return 0;
  }
  // Read by the processes that measure, too.
  const before = findTree(options.before);
  const { stagePackage } = require('./harness/package');
  process.env.ROCKPOOL_BENCH_BEFORE = before;
  process.env.ROCKPOOL_BENCH_BEFORE_PACKAGE = await stagePackage(before);
  process.env.ROCKPOOL_BENCH_PACKAGE = await stagePackage(join(__dirname, '..'));
  const rounds = Math.ceil(positive(options.rounds, 'rounds'));
  const least = options.least === undefined ? 0 : positive(options.least, 'least');

  const { contestant } = require('./contestants');
  const { scenario: find } = require('./scenarios');
  const { runCase } = require('./harness/rounds');
  const { align } = require('./harness/report');
  const { readSettings } = require('./harness/settings');
  const { takeTurn } = require('./harness/turn');
  const settings = {
    ...readSettings({ ROCKPOOL_BENCH: options.quick ? 'quick' : 'full', ROCKPOOL_BENCH_SCENARIOS: options.scenarios }),
    contestants: ['before', 'rockpool']
  };
  await contestant('before').load();

  const release = await takeTurn();
  /** @type {number[]} */
  const ratios = [];
  /** @type {string[]} */
  const failures = [];
  const heading = ['case', 'metric', 'before', 'after', 'ratio', 'quartiles'];
  try {
    for (const id of settings.scenarios) {
      const scenario = find(id);
      console.log(`\n${scenario.title}`);
      for (const one of scenario.cases) {
        // In the process of a test runner there is nobody to take turns with.
        if (one.inside || !one.contestants.includes('rockpool') || (options.quick && one.quick === false)) continue;
        const outcome = await runCase(scenario, { ...one, contestants: settings.contestants, rounds }, settings);
        const compared = compareOutcome(outcome);
        ratios.push(...compared.ratios);
        failures.push(...compared.failures);
        console.log(align([heading, ...compared.rows]).slice(1).concat(compared.failures).join('\n'));
      }
    }
  } finally {
    release();
  }
  const worst = Math.min(...ratios);
  console.log(`\n${ratios.length} compared, the least ratio is ${worst.toFixed(3)}`);
  return failures.length > 0 || worst < least ? 1 : 0;
}

main().then((code) => {
  process.exitCode = code;
}, (error) => {
  console.error(error instanceof RangeError ? error.message : error);
  process.exitCode = 2;
});
