'use strict';

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Something the machine has to have. The message is one line for the person at the terminal,
 * so it is printed without a stack.
 */
class MissingToolError extends Error {
  /** @param {string} message */
  constructor (message) {
    super(message);
    this.name = 'MissingToolError';
  }
}

const root = join(__dirname, '..', '..');

/**
 * Runs `command --version`: its output, or what kept it from answering.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {{ found: true, output: string } | { found: false, reason: string }}
 */
function probe (command, args) {
  const child = spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
  if (child.error) {
    const absent = /** @type {NodeJS.ErrnoException} */ (child.error).code === 'ENOENT';
    return { found: false, reason: absent ? 'it is not on the PATH' : child.error.message };
  }
  if (child.status !== 0) {
    // What rustup's proxies say when no toolchain is chosen stands in the first line.
    const [line] = child.stderr.trim().split('\n');
    return { found: false, reason: line || `"${command}" ended with code ${child.status}` };
  }
  return { found: true, output: child.stdout };
}

/**
 * @param {string} version
 * @param {string} minimum
 */
function isOlder (version, minimum) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** The range is `>= N` in package.json: one place says which Node.js is needed. */
function checkNode () {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const minimum = engines.node.replace(/[^\d.]/g, '');
  if (isOlder(process.versions.node, minimum)) {
    throw new MissingToolError(
      `rockpool needs Node.js ${minimum} or later and this is ${process.versions.node}: install it from https://nodejs.org`
    );
  }
}

function checkCargo () {
  const manifest = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const minimum = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)?.[1] ?? '0';
  const cargo = probe('cargo', ['--version']);
  if (!cargo.found) {
    throw new MissingToolError(
      `rockpool needs cargo (Rust ${minimum} or later) to build its addon, and ${cargo.reason}: install it from https://rustup.rs`
    );
  }
  const version = /^cargo (\d+\.\d+)/.exec(cargo.output)?.[1];
  if (version !== undefined && isOlder(version, minimum)) {
    throw new MissingToolError(
      `rockpool needs Rust ${minimum} or later and cargo is ${version}: run "rustup update stable"`
    );
  }
}

/** rustc links with `cc` on every platform but Windows, where its own target says which linker. */
function checkCompiler () {
  if (process.platform === 'win32') return;
  const [command = 'cc'] = (process.env.CC || 'cc').split(' ');
  const compiler = probe(command, ['--version']);
  if (!compiler.found) {
    const how =
      process.platform === 'darwin'
        ? 'run "xcode-select --install"'
        : 'install gcc or clang (Debian and Ubuntu: apt install build-essential)';
    throw new MissingToolError(
      `rockpool needs a C compiler ("${command}") to build its addon, and ${compiler.reason}: ${how}`
    );
  }
}

/** Throws a MissingToolError for the first tool that a build needs and the machine lacks. */
function checkToolchain () {
  checkCargo();
  checkCompiler();
}

module.exports = { MissingToolError, checkNode, checkToolchain };
