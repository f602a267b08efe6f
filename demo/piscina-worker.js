'use strict';

const { createHash } = require('node:crypto');
const { move, transferableSymbol, valueSymbol } = require('piscina');
const { minifyBytes } = require('./minify');

/**
 * Hashes here, on the Worker that has the bytes at hand: the best place that piscina offers.
 *
 * @param {import('./minify').MinifyTask} task
 */
module.exports = async function minifyAndHash (task) {
  const bytes = await minifyBytes(task);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return move({
    [transferableSymbol]: bytes.buffer,
    [valueSymbol]: { bytes, digest }
  });
};
