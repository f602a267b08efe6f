'use strict';

// `npm run test:asan`: the addon under AddressSanitizer. Builds it with a nightly toolchain, C code included, and runs
// the tests that lend memory, end threads or cross the codec. Any report fails the run, also one of a child process
// whose end a test does not look at. Linux x64 with gcc only.
//
//   npm run test:asan                                 the usual folders: 11 minutes on 2 cores, and 5 to build it first
//   npm run test:asan -- __test__/kernels             these files or folders

const { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { runJavaScriptTests } = require('./javascript-tests');
const { run } = require('./process');
const { setup } = require('../setup');

const root = join(__dirname, '..', '..');
const target = 'x86_64-unknown-linux-gnu';
const folder = join(root, 'target', 'asan');
const reports = join(folder, 'reports');
const addon = join(folder, 'rockpool.node');

/** Everything is some times slower than in `npm test`. */
const secondsPerFile = 900;

/** What runs when nothing else is asked for. */
const paths = ['__test__/kernels', '__test__/lifecycle', '__test__/fidelity'];

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>} its output; rejects when it fails
 */
async function succeed (command, args, env = {}) {
  const echo = args.includes('build');
  const outcome = await run(command, args, { cwd: root, seconds: 900, env: { ...process.env, ...env }, echo });
  if (outcome.problem === null) return outcome.output;
  throw new Error(`${command} ${args.join(' ')}: ${outcome.problem}\n${echo ? '' : outcome.output}`);
}

/** @returns {string[]} the reports so far */
function readReports () {
  return readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
}

/** Starts without reports. */
function clearReports () {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
}

/** @returns {Promise<void>} once the instrumented addon stands in `folder` */
async function build () {
  const flags = '-fsanitize=address -fno-omit-frame-pointer';
  await succeed('cargo', ['+nightly', 'build', '--locked', '--target', target, '--target-dir', folder], {
    RUSTFLAGS: '-Zsanitizer=address',
    // Kernels that are not optimised at all run into the tests' limits. Checks of overflow and the like stay.
    CARGO_PROFILE_DEV_OPT_LEVEL: '1',
    // For the target only: build scripts run without the preloaded runtime.
    [`CFLAGS_${target}`]: flags,
    [`CXXFLAGS_${target}`]: flags
  });
  copyFileSync(join(folder, target, 'debug', 'librockpool.so'), addon);
}

/**
 * Loads code that is wrong into Node.js as the addon is loaded: an instrument that finds nothing there shows nothing.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function checkInstrument (env) {
  const source = (/** @type {string} */ extension) => join(__dirname, `asan-probe.${extension}`);
  const probes = { rust: join(folder, 'probe-rust.node'), c: join(folder, 'probe-c.node') };
  await succeed('rustc', [
    '+nightly', '-Zsanitizer=address', '--edition=2024', '--crate-type=cdylib', '--target', target, '-o', probes.rust,
    source('rs')
  ]);
  await succeed('gcc', ['-fsanitize=address', '-shared', '-fPIC', '-o', probes.c, source('c')]);
  for (const [language, probe] of Object.entries(probes)) {
    clearReports();
    const load = `process.dlopen({ exports: {} }, ${JSON.stringify(probe)})`;
    const { ok } = await run(process.execPath, ['-e', load], { cwd: root, seconds: 60, env, echo: false });
    if (ok || !readReports().some((text) => text.includes('heap-buffer-overflow'))) {
      throw new Error(`AddressSanitizer does not see a read past the end of memory in ${language}`);
    }
  }
  clearReports();
  const show = "require('./lib/binding'); console.log(require('./lib/thread-state').threadState.addon)";
  const loaded = await succeed(process.execPath, ['-e', show], env);
  if (!loaded.includes(addon)) throw new Error(`the tests would run with ${loaded.trim()}`);
}

async function main () {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('this needs Linux on x64');
  await setup({ toolchain: true });
  await build();
  const runtime = (await succeed('gcc', ['-print-file-name=libasan.so'])).trim();
  const instrumented = {
    // Read by the generated loader in lib/native; Workers are told the path.
    NAPI_RS_NATIVE_LIBRARY_PATH: addon,
    LD_PRELOAD: runtime,
    // Node.js itself leaks at its end. A test asks for more memory than there is, and expects an error.
    ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:log_path=${join(reports, 'report')}`,
    ROCKPOOL_TEST_LIMIT: process.env.ROCKPOOL_TEST_LIMIT ?? '120000',
    ROCKPOOL_FIDELITY_RUNS: process.env.ROCKPOOL_FIDELITY_RUNS ?? '20'
  };
  await checkInstrument({ ...process.env, ...instrumented });

  // The tests inherit this process' environment.
  Object.assign(process.env, instrumented);
  const asked = process.argv.slice(2);
  const result = await runJavaScriptTests(root, asked.length > 0 ? asked : paths, secondsPerFile);
  const found = readReports();
  for (const text of found) console.log(text);
  console.log(`${result.passed} passed, ${result.failed} failed, ${found.length} reports of AddressSanitizer`);
  return result.ok && found.length === 0 ? 0 : 1;
}

main().then((code) => {
  process.exitCode = code;
}, (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
