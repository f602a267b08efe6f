'use strict';

const assert = require('node:assert/strict');
const { text } = require('./data');
const { jobScenario, MiB } = require('./job-scenario');

const pattern = Buffer.from('createTypeChecker');

/** @param {Uint8Array} bytes */
function offsetsOf (bytes) {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = [];
  for (let at = all.indexOf(pattern); at >= 0; at = all.indexOf(pattern, at + pattern.length)) {
    offsets.push(at);
  }
  return offsets;
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  histogram: {
    kernel: 'histogram',
    large: { bytes: 64 * MiB },
    make ({ bytes }) {
      const input = text(bytes);
      const counts = new Array(256).fill(0);
      input.forEach((byte) => counts[byte]++);
      return { input, counts };
    },
    check: ({ counts }, answer) => assert.deepEqual([...answer], counts)
  },
  count: {
    kernel: 'search.count',
    large: { bytes: 64 * MiB },
    make ({ bytes }) {
      const input = text(bytes);
      return { input, pattern, count: offsetsOf(input).length };
    },
    check: ({ count }, answer) => assert.equal(answer, count)
  },
  offsets: {
    kernel: 'search.offsets',
    large: { bytes: 64 * MiB },
    make ({ bytes }) {
      const input = text(bytes);
      return { input, pattern, offsets: offsetsOf(input) };
    },
    check: ({ offsets }, answer) => assert.deepEqual([...answer], offsets)
  }
};

/**
 * @param {string} job
 * @param {string} title
 * @returns {import('../types').Case<import('../types').JobParameters>}
 */
const scanCase = (job, title) => ({
  id: job,
  title: `${title}, 64 MiB of text`,
  metrics: ['time', 'loop'],
  contestants: ['rockpool', 'plain'],
  parameters: { job, bytes: 64 * MiB },
  quick: { bytes: MiB }
});

module.exports = jobScenario({
  id: 'scan',
  title: 'Counting and searching',
  jobs,
  cases: [
    scanCase('histogram', 'How often each byte occurs'),
    scanCase('count', 'How often a word occurs'),
    scanCase('offsets', 'Where a word occurs')
  ]
});
