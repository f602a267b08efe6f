'use strict';

// @ts-expect-error terser declares types for its ES module only, and has the CommonJS one as well
const { minify } = require('terser');

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** @typedef {{ path: string, bytes: Uint8Array }} MinifyTask */

/**
 * JavaScript in, smaller JavaScript out, both as bytes. What is returned has a buffer of its own.
 *
 * @param {MinifyTask} task
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function minifyBytes ({ path, bytes }) {
  let code;
  try {
    ({ code } = await minify(decoder.decode(bytes), { module: path.endsWith('.mjs') }));
  } catch (error) {
    // terser's parse error keeps the place in properties of its own; a message survives any pool.
    const { message, line, col } = /** @type {Error & { line?: number, col?: number }} */ (error);
    throw new SyntaxError(line === undefined ? message : `${message} (line ${line}, column ${col})`, { cause: error });
  }
  return encoder.encode(code ?? '');
}

module.exports = { minifyBytes };
