'use strict';

const assert = require('node:assert/strict');
const { floats, noise } = require('./data');
const { jobScenario } = require('./job-scenario');

/** The bits of all elements, added up: the same before and after a sort. @param {any} numbers */
function sumOfBits (numbers) {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength / 4);
  let sum = 0;
  for (let at = 0; at < words.length; at++) {
    sum = (sum + words[at]) | 0;
  }
  return sum;
}

/** @type {Record<string, import('../types').Job>} */
const jobs = {
  sort: {
    kernel: 'sort',
    large: { type: 'f32', count: 2 ** 24 },
    make ({ type, count }) {
      const input = type === 'f32' ? floats(count) : new Uint32Array(noise(4 * count).buffer);
      return { input, inPlace: true, sum: sumOfBits(input) };
    },
    check ({ input, sum }, answer) {
      assert.equal(answer.length, input.length);
      assert.equal(sumOfBits(answer), sum, 'the same elements');
      for (let at = 1; at < answer.length; at++) {
        if (answer[at - 1] > answer[at]) {
          assert.fail(`${answer[at - 1]} comes before ${answer[at]}`);
        }
      }
    }
  }
};

/**
 * @param {'f32' | 'u32'} type
 * @param {string} title
 * @returns {import('../types').Case<import('../types').JobParameters>}
 */
const sortCase = (type, title) => ({
  id: type,
  title: `Sort of 10,000,000 ${title}`,
  metrics: ['time', 'loop'],
  contestants: ['rockpool', 'plain'],
  parameters: { job: 'sort', type, count: 10_000_000 },
  quick: { count: 5_000 },
  rounds: 3
});

module.exports = jobScenario({
  id: 'sort',
  title: 'Sorting',
  jobs,
  cases: [sortCase('f32', 'floats (32 bits)'), sortCase('u32', 'whole numbers (32 bits)')]
});
