'use strict';

const { setTimeout } = require('node:timers/promises');

module.exports = {
  /** Never ends by itself, and listens to nobody. */
  hang () { for (;;); },

  /** Looks now and then whether it is still wanted: so its worker need not be terminated. */
  async polite (stop) {
    const flag = new Int32Array(stop);
    while (Atomics.load(flag, 0) === 0) await setTimeout(1);
    return 'ended by itself';
  }
};
