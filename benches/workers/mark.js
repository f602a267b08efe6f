'use strict';

/**
 * What every echo worker does with a transferred buffer before it gives the buffer back.
 *
 * @param {ArrayBuffer} buffer
 */
module.exports = (buffer) => {
  new Uint32Array(buffer, 0, 1)[0] += 1;
  return buffer;
};
