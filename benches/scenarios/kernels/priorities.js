'use strict';

const { randomFillSync } = require('node:crypto');
const { quantile } = require('../../harness/statistics');

/** @typedef {{ priority: string, beside: string, calls: number, megabytes: number, count: number }} Parameters */
/** @typedef {{ run: import('../../contestants/types').Run, input: any }} State */

/**
 * @param {string} id
 * @param {string} title
 * @param {Pick<Parameters, 'priority' | 'beside' | 'calls'> & { megabytes?: number }} parameters `priority` of the hash;
 *   `beside` of the compression
 * @returns {import('../types').Case<Parameters>}
 */
const hashCase = (id, title, parameters) => ({
  id,
  title: `SHA-256 of 1 KiB, one at a time, ${title}`,
  metrics: ['median', 'slowest'],
  contestants: ['rockpool'],
  parameters: { megabytes: 64, ...parameters, count: 500 },
  quick: { megabytes: 1, count: 5 }
});

/** Bytes that a compressor has something to do with: half of them by lot, the same in every MiB. @param {number} length */
function mixed (length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < 1 << 20; at += 64) randomFillSync(bytes, at, 32);
  for (let at = 1 << 20; at < length; at += 1 << 20) bytes.copyWithin(at, 0, 1 << 20);
  return bytes;
}

/** @type {import('../types').Scenario<Parameters, State, Partial<import('../../contestants/types').LoadedJobs>>} */
module.exports = {
  id: 'priorities',
  title: 'A small call beside a large one',
  metrics: {
    median: { title: 'median latency', unit: 'ms', better: 'less' },
    slowest: { title: '99th percentile', unit: 'ms', better: 'less' }
  },
  cases: [
    hashCase('alone', 'with nothing beside it', { priority: 'default', beside: 'default', calls: 0 }),
    hashCase('equals', 'beside gzip of 1 GiB in 16 calls, all by default', { priority: 'default', beside: 'default', calls: 16 }),
    hashCase('urgent', 'interactive, beside gzip of 1 GiB in 16 calls in the background', {
      priority: 'interactive',
      beside: 'background',
      calls: 16
    }),
    hashCase('urgent-beside-one', 'interactive, beside gzip of 1 GiB in one call in the background', {
      priority: 'interactive',
      beside: 'background',
      calls: 1,
      megabytes: 1024
    })
  ],

  async prepare ({ jobs }, { priority, beside, calls, megabytes, count }) {
    const begin = jobs?.urgent;
    if (begin === undefined) throw new Error('knows nothing of the job urgent');
    const large = Array.from({ length: calls }, () => mixed(megabytes << 20));
    return { run: await begin({ priority, beside, large, count }), input: new Uint8Array(1024) };
  },

  async sample (state) {
    const { input, answer } = await state.run(state.input);
    state.input = input;
    return { median: quantile(answer, 0.5), slowest: quantile(answer, 0.99) };
  },

  finish: async () => {}
};
