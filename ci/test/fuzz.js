'use strict';

// Fuzzes the kernels: builds the targets of fuzz/ with AddressSanitizer on the nightly compiler, and runs each for a
// while on its committed corpus and on what earlier runs have found (target/fuzz/corpus).
//
//   node ci/test/fuzz.js                                     every target, for a minute each
//   node ci/test/fuzz.js --seconds 600 gzip_decompress       one of them, for ten minutes
//
// A target that finds something ends at once; the input that did it is then in fuzz/artifacts/, and
// `node ci/test/fuzz.js --seconds 0 TARGET FILE...` runs the target on such files only. The folder has the layout of
// cargo-fuzz, which works on it as well.

const { mkdirSync, readdirSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { run } = require('./process');

const root = path.join(__dirname, '..', '..');
const fuzz = path.join(root, 'fuzz');
const targetFolder = path.join(root, 'target', 'fuzz');
const triple = 'x86_64-unknown-linux-gnu';

/** What cargo-fuzz sets: the coverage that libFuzzer steers by, and AddressSanitizer. */
const rustFlags = [
  '--cfg fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cllvm-args=-simplifycfg-branch-fold-threshold=0',
  '-Zsanitizer=address',
  '-Cdebug-assertions',
  '-Coverflow-checks'
].join(' ');

const environment = {
  ...process.env,
  RUSTFLAGS: rustFlags,
  // The C libraries of the kernels, too. Not C++, which is libFuzzer itself.
  [`CFLAGS_${triple.replaceAll('-', '_')}`]: '-fsanitize=address -fno-omit-frame-pointer',
  // An output that no memory holds is an error that the kernels report themselves.
  ASAN_OPTIONS: 'allocator_may_return_null=1'
};

/**
 * @param {string} target
 * @param {string[]} files
 * @param {number} seconds
 * @returns {Promise<boolean>} whether nothing was found
 */
async function runTarget (target, files, seconds) {
  const artifacts = path.join(fuzz, 'artifacts', target);
  const found = path.join(targetFolder, 'corpus', target);
  mkdirSync(artifacts, { recursive: true });
  mkdirSync(found, { recursive: true });
  const inputs = files.length > 0 ? files : [found, path.join(fuzz, 'corpus', target)];
  const { ok, problem, output } = await run(path.join(targetFolder, triple, 'release', target), [
    ...inputs,
    `-artifact_prefix=${artifacts}${path.sep}`,
    `-max_total_time=${seconds}`,
    ...(files.length === 0 && seconds === 0 ? ['-runs=0'] : []),
    '-max_len=65536',
    '-rss_limit_mb=8192',
    '-timeout=60',
    '-print_final_stats=1'
  ], { cwd: root, seconds: seconds + 300, env: environment, echo: false });
  const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? '?';
  console.log(ok ? `${target}: ${runs} runs, nothing found` : `${target}: ${problem}\n${output.slice(-8000)}`);
  return ok;
}

async function main () {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: 'string', default: '60' } },
    allowPositionals: true
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 0) throw new TypeError(`--seconds takes a whole number, not "${values.seconds}"`);
  const known = readdirSync(path.join(fuzz, 'fuzz_targets')).map((file) => path.parse(file).name);
  const [only, ...files] = positionals;
  if (only !== undefined && !known.includes(only)) throw new TypeError(`targets are ${known.join(', ')}, not "${only}"`);

  const build = ['+nightly', 'build', '--release', '--manifest-path', path.join(fuzz, 'Cargo.toml')];
  const { ok, problem } = await run('cargo', [...build, '--target', triple, '--target-dir', targetFolder], {
    cwd: root,
    seconds: 1800,
    env: environment
  });
  if (!ok) {
    console.error(`the targets cannot be built: ${problem}`);
    return 1;
  }
  let found = false;
  for (const target of only === undefined ? known : [only]) {
    if (!(await runTarget(target, files, seconds))) found = true;
  }
  return found ? 1 : 0;
}

main().then((code) => {
  process.exitCode = code;
});
