'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { rmSync } = require('node:fs');
const { join, relative } = require('node:path');
const { parseArgs } = require('node:util');

const usage = `usage: node benches/run.js [options]

  --quick               small counts, one round: checks answers, times mean nothing
  --scenarios A,B       only these; "pool" and "kernels" are all of that part
  --contestants A,B     only these
  --save NAME           write benches/results/NAME.json, to be committed, instead of latest.json
  --goals NAME          measure nothing, show the goals with the numbers of benches/results/NAME.json
  --plot [NAME]         measure nothing, draw docs/plots from benches/results/NAME.json, the newest by default
  --list                show the scenarios and contestants
  --help
`;

function readArguments () {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        scenarios: { type: 'string', default: '' },
        contestants: { type: 'string', default: '' },
        save: { type: 'string' },
        goals: { type: 'string' },
        plot: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    });
    if (positionals.length > (values.plot ? 1 : 0)) {
      throw new RangeError(`unexpected ${positionals.join(' ')}`);
    }
    return { ...values, name: positionals[0] };
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n\n${usage}`);
    return process.exit(2);
  }
}

function list () {
  const { contestants } = require('./contestants');
  const { scenarios } = require('./scenarios');
  for (const { id, title, cases } of scenarios) {
    console.log(`${id}: ${title}`);
    cases.forEach((oneCase) => console.log(`  ${oneCase.title}`));
  }
  console.log('\ncontestants');
  contestants.forEach(({ id, name }) => console.log(`  ${id}: ${name}`));
}

/**
 * Saved results, unless there are none or they say nothing.
 *
 * @param {string} name
 * @returns {import('./harness/results').Results}
 */
function measured (name) {
  const { readResults, resultsPath } = require('./harness/results');
  const results = readResults(name);
  if (results === undefined) {
    throw new RangeError(`there is no ${resultsPath(name)}`);
  }
  if (results.kind === 'quick') {
    throw new RangeError('those are results of a quick run, which times mean nothing');
  }
  return results;
}

/** @param {import('./harness/results').Results} results */
function closing ({ machine, cases }) {
  const { goalTable } = require('./harness/goals');
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version ?? '–'}`);
  // The first case began before this run had made the machine busy itself.
  const [load] = Object.values(cases)[0]?.loadAverage ?? [0];
  const busy = load > machine.cores / 2
    ? [`The machine was busy before the first case (load ${load}): do not trust these numbers.`]
    : [];
  return [
    goalTable(cases),
    '',
    ...busy,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, Node ${machine.node}`,
    versions.join(', ')
  ].join('\n');
}

/**
 * Runs the test files one after the other and lets them print as they go.
 *
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code
 */
async function runTests (files, env) {
  // Started from within a test, this is a test run of its own all the same.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const runner = spawn(
    process.execPath,
    ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files],
    { cwd: join(__dirname, '..'), env: { ...rest, ...env }, stdio: 'inherit' }
  );
  const [code] = await once(runner, 'exit');
  return code ?? 1;
}

async function main () {
  const options = readArguments();
  const { newestSaved, readResults, resultsPath } = require('./harness/results');
  if (options.help) {
    console.log(usage);
    return 0;
  }
  if (options.list) {
    list();
    return 0;
  }
  if (options.goals !== undefined) {
    console.log(closing(measured(options.goals)));
    return 0;
  }
  if (options.plot) {
    const { drawPlots } = require('./plots');
    const name = options.name ?? newestSaved();
    const files = drawPlots(measured(name));
    console.log([`drawn from ${resultsPath(name)}`, ...files.map((file) => relative(process.cwd(), file))].join('\n'));
    return 0;
  }

  const env = {
    ROCKPOOL_BENCH: options.quick ? 'quick' : 'full',
    ROCKPOOL_BENCH_SCENARIOS: options.scenarios,
    ROCKPOOL_BENCH_CONTESTANTS: options.contestants,
    ROCKPOOL_BENCH_RESULTS: options.save ?? ''
  };
  const { readSettings } = require('./harness/settings');
  const settings = readSettings(env);
  if (options.scenarios === '' && options.contestants === '') {
    // The results of a whole run must not be mixed with older ones.
    rmSync(resultsPath(settings.results), { force: true });
  }
  const files = settings.scenarios.map((id) => relative(join(__dirname, '..'), join(__dirname, `${id}.bench.js`)));
  const code = await runTests(files, env);
  const results = readResults(settings.results);
  if (results !== undefined && !settings.quick) {
    const chosen = Object.entries(results.cases).filter(([key]) => settings.scenarios.includes(key.split('/')[0]));
    console.log(closing({ ...results, cases: Object.fromEntries(chosen) }));
    console.log(`raw samples: ${relative(process.cwd(), resultsPath(settings.results))}`);
  }
  return code;
}

main().then((code) => {
  process.exitCode = code;
}, (error) => {
  console.error(error instanceof RangeError ? error.message : error);
  process.exitCode = 2;
});
