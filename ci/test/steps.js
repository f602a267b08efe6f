'use strict';

const { join } = require('node:path');
const { countCargoTests, countScript } = require('./counts');
const { runJavaScriptTests } = require('./javascript-tests');
const { isSupported } = require('./matrix');
const { run } = require('./process');

/**
 * @typedef {{ ok: boolean, passed: number, failed: number, skipped: string[] }} Result
 * @typedef {{ name: string, title: string, run: () => Promise<Result> }} Step
 */

/**
 * @param {string} problem
 * @returns {Result}
 */
function fail (problem) {
  console.log(problem);
  return { ok: false, passed: 0, failed: 1, skipped: [] };
}

/**
 * The steps of `npm test` in their order: cheap checks first.
 *
 * @param {string} root
 * @param {string[]} paths test files or folders for the step `js`, filled in before it runs
 * @returns {Step[]}
 */
function createSteps (root, paths) {
  /**
   * A program whose exit code is the answer: it counts as one check.
   *
   * @param {string} command
   * @param {string[]} args
   * @param {number} seconds
   * @returns {Promise<Result>}
   */
  async function check (command, args, seconds) {
    const { problem } = await run(command, args, { cwd: root, seconds });
    return problem === null ? { ok: true, passed: 1, failed: 0, skipped: [] } : fail(problem);
  }

  /**
   * A check by a rustup component, which a minimal toolchain lacks: then it is named as skipped.
   *
   * @param {string} component
   * @param {string[]} args
   * @param {number} seconds
   * @returns {Promise<Result>}
   */
  async function checkWithComponent (component, args, seconds) {
    const probe = await run('cargo', [args[0], '--version'], { cwd: root, seconds: 60, echo: false });
    if (probe.problem === null) return check('cargo', args, seconds);
    const reason = `${component} is not installed (rustup component add ${component})`;
    return { ok: true, passed: 0, failed: 0, skipped: [`cargo ${args[0]}: ${reason}`] };
  }

  /**
   * A check by a cargo subcommand that has to be installed by itself. It reads the crates of all platforms, and downloads
   * those that a build for this one has not needed.
   *
   * @param {string} tool
   * @param {string[]} args
   * @param {number} seconds
   * @returns {Promise<Result>}
   */
  async function checkWithTool (tool, args, seconds) {
    const probe = await run('cargo', [args[0], '--version'], { cwd: root, seconds: 60, echo: false });
    if (probe.problem === null) return check('cargo', args, seconds);
    return { ok: true, passed: 0, failed: 0, skipped: [`cargo ${args[0]}: not installed (cargo install ${tool})`] };
  }

  /**
   * A script of ours. Its exit code is the answer: what it counts as failed and accepts, such as
   * a divergence chosen on purpose, is no failure of this run.
   *
   * @param {string} file
   * @param {string[]} args
   * @param {number} seconds
   * @param {NodeJS.ProcessEnv} [env]
   * @returns {Promise<Result>}
   */
  async function script (file, args, seconds, env = {}) {
    const { problem, output } = await run(process.execPath, [file, ...args], {
      cwd: root,
      seconds,
      env: { ...process.env, ...env }
    });
    const { passed, failed } = countScript(output) ?? { passed: problem === null ? 1 : 0, failed: 0 };
    if (problem === null) return { ok: true, passed, failed: 0, skipped: [] };
    console.log(problem);
    return { ok: false, passed, failed: Math.max(1, failed), skipped: [] };
  }

  /**
   * @param {string[]} args
   * @param {number} seconds
   * @param {NodeJS.ProcessEnv} [env]
   * @returns {Promise<Result>}
   */
  async function cargoTest (args, seconds, env = {}) {
    const { problem, output } = await run('cargo', ['test', '--no-default-features', ...args], {
      cwd: root,
      seconds,
      env: { ...process.env, ...env }
    });
    const counts = countCargoTests(output);
    if (problem !== null) console.log(problem);
    if (problem !== null) return { ...counts, ok: false, failed: Math.max(1, counts.failed) };
    // A filter that matches nothing ends well, too.
    if (counts.passed === 0) return fail('cargo ran no test');
    return { ...counts, ok: counts.failed === 0 };
  }

  return [
    {
      name: 'fmt',
      title: 'cargo fmt --check',
      run: () => checkWithComponent('rustfmt', ['fmt', '--check'], 60)
    },
    {
      name: 'clippy',
      title: 'cargo clippy, warnings are errors',
      run: () =>
        checkWithComponent('clippy', ['clippy', '--all-targets', '--', '-D', 'warnings'], 600)
    },
    {
      name: 'types',
      title: 'tsc over the JSDoc types and index.d.ts',
      run: () => {
        const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
        return check(process.execPath, [compiler, '-p', 'tsconfig.json'], 120);
      }
    },
    {
      name: 'eslint',
      title: 'eslint over all JavaScript',
      run: () => check(process.execPath, [join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'), '.'], 120)
    },
    {
      name: 'spelling',
      title: 'the spelling of the documentation',
      run: () => {
        const cspell = join(root, 'node_modules', 'cspell', 'bin.mjs');
        return check(process.execPath, [cspell, '--no-progress', '--no-summary', '--dot'], 120);
      }
    },
    {
      name: 'links',
      title: 'the links of the documentation within the repository',
      run: () => runJavaScriptTests(root, ['__test__/docs/links.test.js'])
    },
    {
      name: 'deny',
      // Advisories come from a repository of their own: the workflow asks for them.
      title: 'licences and sources of the crates',
      run: () => checkWithTool('cargo-deny', ['deny', '--locked', 'check', 'licenses', 'bans', 'sources'], 120)
    },
    {
      name: 'rust',
      title: 'cargo test of the core, without Node.js',
      // With debug assertions: overflow and the checks of the scheduler's invariants count here.
      run: () => cargoTest([], 600)
    },
    {
      name: 'loom',
      title: 'the models of the scheduler and of the kernels\' hand-over under loom',
      run: () =>
        cargoTest(['--release', '--lib', '--target-dir', 'target/loom', '--', 'scheduler', 'handover'], 600, {
          RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} --cfg loom`.trim(),
          // Three forced switches have found every fault so far, in two minutes instead of hours.
          LOOM_MAX_PREEMPTIONS: process.env.LOOM_MAX_PREEMPTIONS ?? '3',
          // The models run long and are linked once: optimise them, leave the linker alone.
          CARGO_PROFILE_RELEASE_LTO: 'off',
          CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16'
        })
    },
    {
      name: 'js',
      title: 'node:test over __test__',
      run: () => runJavaScriptTests(root, paths)
    },
    {
      name: 'examples',
      title: 'each example and its output',
      run: () => runJavaScriptTests(root, ['examples/run.test.js'])
    },
    {
      name: 'matrix',
      title: 'a part of them on the other releases of Node.js',
      run: async () => {
        if (isSupported) return script('ci/test/matrix.js', ['--bounded'], 3600);
        return { ok: true, passed: 0, failed: 0, skipped: ['matrix: its releases of Node.js are for Linux on x64'] };
      }
    },
    {
      name: 'conformance',
      title: "piscina's own tests against rockpool",
      run: () => script('ci/conformance/run.js', ['--check'], 600)
    },
    {
      name: 'contract',
      title: "piscina's faults, as the committed table has them",
      run: () => script('__test__/contract/table.js', ['--check'], 600)
    },
    {
      name: 'bench',
      title: 'the benchmarks, small: answers, not times',
      run: () => script('benches/run.js', ['--quick'], 600, { ROCKPOOL_BENCH: 'quick' })
    }
  ];
}

module.exports = { createSteps };
