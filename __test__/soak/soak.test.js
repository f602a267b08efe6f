'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');

const { soak } = require('./run');
const { rise } = require('./trend');

/** The long form is `npm run soak`. */
const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? 20_261_129);

describe('the trend of a series', () => {
  test('is the rise of a line', () => {
    assert.equal(rise([5, 7, 9, 11]), 6);
    assert.equal(rise([3, 3, 3]), 0);
    assert.equal(rise([4, 2]), -2);
  });

  test('is not moved by some points that are far off', () => {
    assert.equal(rise([1, 1, 900, 1, 1, 1, -40, 1, 1, 1]), 0);
  });
});

describe('a soak', { concurrency: 2, timeout: 240_000 }, () => {
  test('of mixed tasks leaves no more memory, handles, descriptors and threads behind the longer it lasts', async (t) => {
    const { tasks, verdicts } = await soak({ seconds: 15, seed, samples: 30 });
    t.diagnostic(`seed ${seed}, ${tasks} tasks: ${verdicts.map(({ name, rise }) => `${name} ${rise}`).join(', ')}`);
    assert.ok(tasks > 0);
    assert.deepEqual(verdicts.filter(({ isLeak }) => isLeak), []);
  });

  for (const leak of ['heap', 'external', 'handles', 'descriptors', 'threads']) {
    const skip = process.platform !== 'linux' && ['descriptors', 'threads'].includes(leak) && 'counted on Linux only';
    test(`finds a leak that is put into it: ${leak}`, { skip }, async () => {
      const { verdicts } = await soak({ seconds: 3, seed, samples: 12, leak });
      assert.ok(verdicts.some(({ name, isLeak }) => name === leak && isLeak), JSON.stringify(verdicts));
    });
  }
});
