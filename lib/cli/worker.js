'use strict';

// The handlers of the self-test and of the benchmark. It loads nothing: any pool may run it.

/** @param {{ a: number, b: number }} task */
const add = ({ a, b }) => a + b;

module.exports = add;

/** @param {unknown} value */
module.exports.echo = (value) => value;

/** @param {Uint8Array} bytes */
module.exports.sum = (bytes) => bytes.reduce((sum, byte) => sum + byte, 0);

module.exports.fail = () => {
  throw Object.assign(new RangeError('on purpose'), { code: 'ERR_ON_PURPOSE', detail: { list: [1, 2n] } });
};

module.exports.endless = () => { for (;;); };

module.exports.exit = () => process.exit(3);

/** @param {number} milliseconds */
module.exports.busy = (milliseconds) => {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
  return milliseconds;
};

/** @param {Uint8Array} bytes */
module.exports.size = (bytes) => bytes.byteLength;
