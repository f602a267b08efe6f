'use strict';

const { openSync } = require('node:fs');
const { MessageChannel, Worker } = require('node:worker_threads');

/** @type {any[]} */
const held = [];

/**
 * Faults that are put into a soak to see that it finds them: each holds more with every sample.
 *
 * @type {Record<string, () => void>}
 */
const leaks = {
  heap: () => { held.push(Array.from({ length: 100_000 }, (_, at) => ({ at }))); },
  external: () => { held.push(new ArrayBuffer(4 << 20)); },
  handles: () => { new MessageChannel().port1.ref(); },
  descriptors: () => { openSync(__filename); },
  threads: () => { held.push(new Worker('setInterval(() => {}, 1000)', { eval: true })); }
};

module.exports = { leaks };
