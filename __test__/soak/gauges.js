'use strict';

const { existsSync, readdirSync } = require('node:fs');

const MIB = 1 << 20;

const isLinux = existsSync('/proc/self/task');
const count = (/** @type {string} */ folder) => isLinux ? readdirSync(folder).length : 0;

/**
 * What is measured in the course of a soak, and by how much its trend may rise from the start to the end of the time that
 * counts. What a leak adds grows with the tasks, of which a long soak has many millions; what V8 and the allocator keep
 * moves up and down, and has no trend. Counts may not rise by one.
 *
 * @type {Record<string, { read: () => number, limit: number, unit: string }>}
 */
const gauges = {
  rss: { read: () => process.memoryUsage.rss(), limit: 48 * MIB, unit: 'bytes' },
  heap: { read: () => process.memoryUsage().heapUsed, limit: 3 * MIB, unit: 'bytes' },
  external: { read: () => process.memoryUsage().external, limit: 12 * MIB, unit: 'bytes' },
  arrayBuffers: { read: () => process.memoryUsage().arrayBuffers, limit: 12 * MIB, unit: 'bytes' },
  handles: { read: () => process.getActiveResourcesInfo().length, limit: 0.9, unit: 'handles' },
  descriptors: { read: () => count('/proc/self/fd'), limit: 0.9, unit: 'descriptors' },
  threads: { read: () => count('/proc/self/task'), limit: 0.9, unit: 'threads' }
};

/** @returns {Record<string, number>} */
function readGauges () {
  // What nobody holds is no leak: two collections, since a finalizer may free what the first had to keep.
  /** @type {any} */ (globalThis).gc();
  /** @type {any} */ (globalThis).gc();
  return Object.fromEntries(Object.entries(gauges).map(([name, { read }]) => [name, read()]));
}

module.exports = { gauges, readGauges };
