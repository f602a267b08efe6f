'use strict';

const { parseArgs } = require('node:util');

const help = `rockpool doctor [--json]
    Prints the facts for a bug report, and tests a pool and every kernel.
    The exit code is 1 if a test fails.

rockpool bench [--quick] [--json]
    Compares rockpool with the piscina that is installed in this project, in less than a minute.

rockpool --version, rockpool --help
`;

/**
 * The command `rockpool`.
 *
 * @param {string[]} args
 * @returns {Promise<number>} the exit code: 1 if a test fails, 2 for an invalid command
 */
async function main (args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' }
      }
    });
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
  const { values, positionals: [command, ...more] } = parsed;
  if (values.version) {
    console.log(require('../../package.json').version);
    return 0;
  }
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (more.length > 0) return refuse(`unexpected: ${more.join(' ')}`);
  if (command === 'doctor') {
    return values.quick ? refuse('--quick is for bench') : require('./doctor').doctor(values);
  }
  if (command === 'bench') return require('./bench').bench(values);
  return refuse(command === undefined ? 'which command?' : `unknown command: ${command}`);
}

/** @param {string} message */
function refuse (message) {
  process.stderr.write(`rockpool: ${message}\n\n${help}`);
  return 2;
}

module.exports = { main };
