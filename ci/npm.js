'use strict';

const { spawn } = require('node:child_process');

/**
 * Runs npm with its output on this terminal.
 *
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<void>}
 */
function runNpm(args, cwd) {
  return new Promise((resolve, reject) => {
    // Under `npm run` this is the npm that runs us: the same version, and no shell on Windows.
    const script = process.env.npm_execpath;
    const child = script?.endsWith('.js')
      ? spawn(process.execPath, [script, ...args], { cwd, stdio: 'inherit' })
      : spawn('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
    child.on('error', (error) => reject(new Error(`npm cannot be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"npm ${args.join(' ')}" ended with ${signal ?? `code ${code}`}`));
    });
  });
}

module.exports = { runNpm };
