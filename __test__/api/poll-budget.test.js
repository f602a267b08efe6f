'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { PollBudget, SHORT } = require('../../lib/poll-budget');

/**
 * A round of looks 1 µs apart that ends by itself.
 *
 * @param {PollBudget} budget
 * @param {(look: number) => boolean} isFound
 * @returns {number} how many looks it was
 */
function round (budget, isFound) {
  let looks = 0;
  let now = 1000;
  do now += 1e-3; while (budget.lasts(isFound(++looks), now));
  budget.end(true);
  return looks;
}

const never = () => false;

describe('how long to look for what is short', () => {
  test('50 µs and as long as it takes on average, from the last that was found on', () => {
    const budget = new PollBudget(0);
    assert.ok(budget.begin());
    assert.ok(Math.abs(round(budget, never) - 51) <= 1);
    const quick = new PollBudget(0);
    for (let n = 0; n < 200; n++) quick.learn(0.03);
    assert.ok(quick.begin());
    assert.ok(Math.abs(round(quick, (look) => look <= 100) - 181) <= 2);
  });

  test('not at all for what takes long on average, and again once it does not', () => {
    const budget = new PollBudget(2 * SHORT);
    assert.ok(!budget.begin());
    for (let n = 0; n < 100; n++) budget.learn(0.01);
    assert.ok(budget.begin());
    budget.learn(1e9);
    assert.ok(!budget.begin(), 'a single one that took very long counts as one that is long');
    for (let n = 0; n < 30; n++) budget.learn(0);
    assert.ok(budget.begin());
  });

  test('ever shorter where it is in vain, then after ever more starts, until something is found', () => {
    const budget = new PollBudget(0);
    const rounds = [];
    let starts = 0;
    while (rounds.length < 12) {
      starts += 1;
      if (!budget.begin()) continue;
      rounds.push([starts, round(budget, never)]);
      starts = 0;
    }
    const looks = rounds.map(([, count]) => count);
    assert.ok(looks[0] > looks[1] && looks[1] > looks[2] && looks[2] > looks[3], `${looks}`);
    // Each new try has its full time, and as many more rounds.
    assert.ok(Math.abs(looks[4] - looks[0]) <= 1, `${looks}`);
    assert.deepEqual(rounds.map(([count]) => count).filter((count) => count > 1), [2, 4], `${rounds.join(' ')}`);

    budget.begin();
    while (!budget.begin());
    round(budget, (look) => look === 1);
    assert.ok(budget.begin() && Math.abs(round(budget, never) - looks[0]) <= 1, 'as at first');
  });

  test('a round that was not in vain, since nothing was to come, costs no budget', () => {
    const budget = new PollBudget(0);
    for (let n = 0; n < 20; n++) {
      assert.ok(budget.begin());
      budget.lasts(false, n);
      budget.end(false);
    }
    assert.ok(budget.begin() && Math.abs(round(budget, never) - 51) <= 1);
  });
});
