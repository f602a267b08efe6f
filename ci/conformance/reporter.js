'use strict';

// A `node --test` reporter: one JSON line for each test that ended, which is all that ci/conformance/run.js needs.

/** @typedef {{ nesting: number, name: string, skip?: string | boolean, todo?: string | boolean, details: { type?: string, error?: any } }} Ended */

/**
 * The message of a test's error, which node:test wraps.
 *
 * @param {any} error
 * @returns {string}
 */
function messageOf (error) {
  const thrown = error?.cause ?? error;
  return String(thrown?.message ?? thrown).split('\n')[0];
}

/**
 * @param {AsyncIterable<{ type: string, data: any }>} source
 * @returns {AsyncGenerator<string>}
 */
module.exports = async function* conformanceReporter (source) {
  /** Names of the tests that are open, by nesting: a test ends after its subtests, so its own line comes last. */
  /** @type {string[]} */
  const open = [];
  for await (const { type, data } of source) {
    if (type === 'test:stderr') {
      process.stderr.write(data.message);
    } else if (type === 'test:start') {
      open.length = data.nesting;
      open.push(data.name);
    } else if (type === 'test:pass' || type === 'test:fail') {
      const ended = /** @type {Ended} */ (data);
      if (ended.details.type === 'suite') continue;
      yield `${JSON.stringify({
        name: [...open.slice(0, ended.nesting), ended.name].join(' > '),
        outcome: ended.skip !== undefined ? 'skip' : type === 'test:pass' ? 'pass' : 'fail',
        ...(type === 'test:fail' && { message: messageOf(ended.details.error) })
      })}\n`;
    }
  }
};
