'use strict';

const { spawn, spawnSync } = require('node:child_process');

/**
 * How npm is started. Under `npm run` it is the npm that runs us: the same version, and no shell on Windows.
 *
 * @param {string[]} args
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
function npmCommand (args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js')
    ? { command: process.execPath, args: [script, ...args], shell: false }
    : { command: 'npm', args, shell: process.platform === 'win32' };
}

/**
 * Runs npm with its output on this terminal.
 *
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<void>}
 */
function runNpm (args, cwd) {
  return new Promise((resolve, reject) => {
    const npm = npmCommand(args);
    const child = spawn(npm.command, npm.args, { cwd, stdio: 'inherit', shell: npm.shell });
    child.on('error', (error) => reject(new Error(`npm cannot be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"npm ${args.join(' ')}" ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/**
 * What npm answers with `--json`.
 *
 * @param {string[]} args
 * @param {string} cwd
 * @returns {any}
 */
function askNpm (args, cwd) {
  const npm = npmCommand([...args, '--json']);
  const { status, stdout, stderr, error } = spawnSync(npm.command, npm.args, {
    cwd, encoding: 'utf8', shell: npm.shell, timeout: 120_000, maxBuffer: 1 << 26
  });
  if (status !== 0) throw new Error(`"npm ${args.join(' ')}" failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}

module.exports = { askNpm, npmCommand, runNpm };
