'use strict';

// Builds the release addon into lib/native/, with no path of this machine in it. What is given here is for `napi build`.
//
//   node ci/build/addon.js
//   node ci/build/addon.js --target aarch64-unknown-linux-gnu --use-napi-cross

const { spawnSync } = require('node:child_process');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');

const root = join(__dirname, '..', '..');

/**
 * What stands in the addon in place of the folders of whoever builds it. Where the compiler finds a file by several of
 * them, the last counts.
 *
 * @returns {[folder: string, name: string][]}
 */
function folders () {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const { stdout } = spawnSync('rustc', ['--print', 'sysroot'], { cwd: root, encoding: 'utf8' });
  const sysroot = stdout?.trim();
  return [
    [homedir(), 'home'],
    ...sysroot ? [/** @type {[string, string]} */ ([sysroot, 'rust'])] : [],
    [root, 'rockpool'],
    [join(cargoHome, 'registry', 'src'), 'crates']
  ];
}

/**
 * The environment with flags for the compiler. Cargo has two variables for them: the one that napi-rs adds to cannot
 * hold a space within a flag.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} flags
 * @returns {NodeJS.ProcessEnv}
 */
function withFlags (env, flags) {
  const given = env.RUSTFLAGS?.split(' ').filter((flag) => flag !== '') ?? [];
  const all = [...given, ...flags];
  return flags.some((flag) => flag.includes(' '))
    ? { ...env, CARGO_ENCODED_RUSTFLAGS: all.join('\x1f') }
    : { ...env, RUSTFLAGS: all.join(' ') };
}

/**
 * @param {string[]} args
 * @returns {number} the exit code
 */
function build (args) {
  const flags = folders().map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
  const cli = join(dirname(require.resolve('@napi-rs/cli')), 'cli.js');
  const { status, error } = spawnSync(process.execPath, [cli, 'build', '--platform', '--release', ...args,
    '--output-dir', 'lib/native', '--no-js', '--dts', 'index.d.ts', '--', '--locked'],
  { cwd: root, env: withFlags(process.env, flags), stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (require.main === module) process.exitCode = build(process.argv.slice(2));

module.exports = { withFlags };
