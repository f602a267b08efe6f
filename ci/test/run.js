'use strict';

// `npm test`: every check of the project in order, each with its name and time. The first that
// fails ends the run. The last line is `N passed, N failed` over everything.
//
//   npm test                                  everything
//   npm test -- --only js,types               these steps (after the setup)
//   npm test -- __test__/api/run.test.js      these test files or folders (after the setup)

const { existsSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { parseArgs } = require('node:util');
const { describeFailure, setup } = require('../setup');
const { createSteps } = require('./steps');

const root = join(__dirname, '..', '..');

/**
 * @param {string[]} known
 * @returns {{ only: string[] | null, paths: string[] }}
 */
function parseArguments (known) {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string' } },
    allowPositionals: true
  });
  for (const path of positionals) {
    if (!existsSync(resolve(root, path))) throw new TypeError(`"${path}" does not exist`);
  }
  const only = values.only?.split(',') ?? (positionals.length > 0 ? ['js'] : null);
  for (const name of only ?? []) {
    if (!known.includes(name)) {
      throw new TypeError(`--only takes ${known.join(', ')}, not "${name}"`);
    }
  }
  return { only, paths: positionals };
}

async function main () {
  /** @type {string[]} */
  const paths = [];
  const steps = createSteps(root, paths);
  let only;
  try {
    const parsed = parseArguments(steps.map(({ name }) => name));
    only = parsed.only;
    paths.push(...parsed.paths);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    return 1;
  }

  try {
    const wanted = (/** @type {string} */ step) => only === null || only.includes(step);
    await setup({ toolchain: true, benches: wanted('bench'), examples: wanted('examples') });
  } catch (error) {
    console.error(describeFailure(error));
    return 1;
  }

  const chosen = only;
  let passed = 0;
  let failed = 0;
  let failure = null;
  /** @type {string[]} */
  const skipped = [];
  /** @type {[name: string, seconds: number][]} */
  const times = [];
  for (const step of steps) {
    if (chosen !== null && !chosen.includes(step.name)) continue;
    console.log(`\n== ${step.name}: ${step.title}`);
    const start = performance.now();
    const result = await step.run();
    const seconds = (performance.now() - start) / 1000;
    times.push([step.name, seconds]);
    passed += result.passed;
    // A step may fail without a failed test: a lint, a crash, a time limit.
    failed += result.ok ? result.failed : Math.max(1, result.failed);
    skipped.push(...result.skipped);
    console.log(`== ${step.name}: ${result.ok ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`);
    if (!result.ok) {
      failure = step.name;
      break;
    }
  }

  if (skipped.length > 0) {
    console.log(`\nskipped, with the reason:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
  }
  console.log(`\n${times.map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`).join(', ')}`);
  if (failure !== null) console.log(`stopped at ${failure}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failure === null ? 0 : 1;
}

main().then((code) => {
  process.exitCode = code;
});
