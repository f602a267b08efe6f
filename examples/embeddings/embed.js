'use strict';

const dimensions = 512;

/**
 * A vector for a text, from the triples of its letters, in place of a model: texts that share words are close to each
 * other, but their meaning does not count.
 *
 * @param {string} text
 */
module.exports = (text) => {
  const vector = new Float32Array(dimensions);
  const letters = ` ${text.toLowerCase().replaceAll(/[^a-z]+/g, ' ')} `;
  for (let start = 0; start + 3 <= letters.length; start++) {
    // FNV-1a, of three letters.
    let hash = 2166136261;
    for (let index = start; index < start + 3; index++) hash = Math.imul(hash ^ letters.charCodeAt(index), 16777619);
    vector[(hash >>> 0) % dimensions] += 1;
  }
  return vector;
};

module.exports.dimensions = dimensions;
