'use strict';

const { describe, test } = require('node:test');
const assert = require('node:assert/strict');

const { countPlan, makePlan } = require('./plan');
const { runPlan } = require('./run');
const { bugs } = require('./sabotage');
const { shrink } = require('./shrink');

/** What the oracle calls each bug. */
const names = {
  lose: 'hang',
  duplicate: 'wrong number of runs',
  mixUp: 'wrong answer',
  reorder: 'order',
  hurt: 'innocent task hurt',
  leak: 'leak: descriptors',
  crash: 'crash'
};

/** Milliseconds without anything new that are called a hang: with a bug that loses tasks there are many. */
const HANG = 3000;

/** @param {number} length @returns {import('./plan').Plan} tasks without faults, in one pool with one worker */
function plainPlan (length) {
  const items = Array.from({ length }, (_, id) => ({ task: 'inline', seed: id, id }));
  const pool = { atomics: 'sync', minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 1 };
  return { seed: 0, scenes: [{ host: 'main', pool, items, end: 'close' }] };
}

/**
 * @param {import('./plan').Plan} plan
 * @param {string} bug
 */
async function kindsOf (plan, bug) {
  const { failures } = await runPlan(plan, { bug, hang: HANG });
  return failures.map(({ kind }) => kind);
}

describe('the oracle', { concurrency: 2 }, () => {
  test('knows a name for each bug', () => {
    assert.deepEqual(Object.keys(names), Object.keys(bugs));
  });

  for (const [bug, kind] of Object.entries(names)) {
    test(`sees a pool with the bug "${bug}" as: ${kind}`, { timeout: 120_000 }, async () => {
      const kinds = await kindsOf(plainPlan(20), bug);
      assert.ok(kinds.includes(kind), `it found ${kinds.join(', ') || 'nothing'}`);
    });
  }

  test('finds nothing where nothing is wrong', { timeout: 120_000 }, async () => {
    const { failures } = await runPlan(plainPlan(20));
    assert.deepEqual(failures, []);
  });
});

describe('the shrinker', { concurrency: 2 }, () => {
  for (const bug of ['mixUp', 'hurt']) {
    test(`finds a short plan for the bug "${bug}"`, { timeout: 240_000 }, async () => {
      const plan = plainPlan(40);
      const shortest = await shrink(plan, names[bug], (candidate) => kindsOf(candidate, bug), { attempts: 1 });
      const { tasks } = countPlan(shortest);
      assert.ok(tasks <= 2, JSON.stringify(shortest));
    });
  }

  test('keeps what belongs together, and drops the rest', async () => {
    const plan = makePlan({ seed: 1, tasks: 600, faults: 12 });
    const wanted = plan.scenes.map(({ items }) => items[Math.floor(items.length / 2)].id).slice(0, 1);
    const play = async (/** @type {import('./plan').Plan} */ { scenes }) =>
      scenes.some(({ items }) => wanted.every((id) => items.some((item) => item.id === id)) && items.some(({ task }) => task === 'inline')) ? ['bad'] : [];
    const { scenes } = await shrink(plan, 'bad', play, { attempts: 1 });
    assert.equal(scenes.length, 1);
    assert.ok(scenes[0].items.length <= 2, JSON.stringify(scenes));
  });
});

describe('a plan', () => {
  test('is the same for the same seed, and another for another', () => {
    const wanted = { seed: 7, tasks: 500, faults: 10 };
    assert.deepEqual(makePlan(wanted), makePlan(wanted));
    assert.notDeepEqual(makePlan(wanted), makePlan({ ...wanted, seed: 8 }));
  });

  test('can be written to a file', () => {
    const plan = makePlan({ seed: 9, tasks: 500, faults: 10 });
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  });

  test('has as many tasks as it was asked for', () => {
    assert.equal(countPlan(makePlan({ seed: 3, tasks: 777, faults: 20 })).tasks, 777);
  });
});
