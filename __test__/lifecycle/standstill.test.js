'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises');

const Piscina = require('../..');
const { Deadline } = require('../../lib/deadline');
const { runScenario, TEST_LIMIT } = require('../fixtures/lifecycle/run-child.js');

const bounded = { timeout: TEST_LIMIT };
const filename = require.resolve('../fixtures/lifecycle/worker.js');

/** @param {number} milliseconds */
function block (milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** @param {Int32Array} words @param {number} value */
async function reached (words, value) {
  while (Atomics.load(words, 0) < value) await sleep(1);
}

describe('a main thread that is blocked for longer than a time limit', () => {
  test('finds its workers loaded (loadTimeout)', bounded, async (t) => {
    const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2, loadTimeout: 1000 });
    t.after(() => pool.destroy());
    pool.on('error', (error) => assert.fail(error));
    const before = pool.threads;
    const answers = [pool.run(1), pool.run(2)];
    block(2500);
    assert.deepEqual(await Promise.all(answers), [1, 2]);
    assert.deepEqual(pool.threads, before);
  });

  test('finds its tasks done (closeTimeout)', bounded, async () => {
    const workerData = { started: new Int32Array(new SharedArrayBuffer(4)) };
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, closeTimeout: 200, workerData });
    pool.on('error', (error) => assert.fail(error));
    await pool.run(0);
    const answer = pool.run({ id: 1, milliseconds: 20 }, { name: 'work' });
    await reached(workerData.started, 1);
    const closed = pool.close();
    block(1000);
    assert.equal(await answer, 1);
    await closed;
  });

  test('keeps workers that had no chance to be used (idleTimeout)', bounded, async (t) => {
    const workerData = { started: new Int32Array(new SharedArrayBuffer(4)) };
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, idleTimeout: 1000, workerData });
    t.after(() => pool.destroy());
    await Promise.all([1, 2].map(() => pool.run(2, { name: 'meet' })));
    const before = pool.threads;
    assert.equal(before.length, 2);
    block(2500);
    for (let turns = 0; turns < 3; turns++) await turn();
    assert.deepEqual(pool.threads, before);
  });
});

describe('a process that stands still for longer than a time limit', () => {
  test('finds its workers still loading, and waits for them', { ...bounded, skip: process.platform === 'win32' }, async () => {
    const run = await runScenario('standstill', 'loading', {
      args: { loadTimeout: 4000 },
      onReport (report, child) {
        if (report !== 'loading') return;
        child.kill('SIGSTOP');
        setTimeout(() => child.kill('SIGCONT'), 6000);
      }
    });
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(run.result, { result: 'loaded', steps: 50 });
  });
});

describe('a time limit', () => {
  test('looks at what has arrived before it is believed', bounded, async () => {
    /** @type {string[]} */
    const seen = [];
    const limit = new Deadline(20, () => {
      seen.push('looked');
      limit.stop();
    }, () => seen.push('expired'));
    while (seen.length === 0) await sleep(1);
    await sleep(50);
    assert.deepEqual(seen, ['looked']);
  });

  test('expires on a thread that is late each time', bounded, async () => {
    let expired = false;
    let turns = 0;
    new Deadline(400, () => {}, () => { expired = true; });
    for (; !expired && turns < 100; turns++) {
      block(230);
      await sleep(1);
    }
    assert.equal(expired, true);
    assert.ok(turns > 5, `${turns} turns: each late beat counted as time`);
  });

  test('that is Infinity never begins', bounded, async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const limit = new Deadline(Infinity, () => assert.fail(), () => assert.fail());
    assert.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, before);
    limit.stop();
  });

  test('may be longer than a timer can be', bounded, async () => {
    let expired = false;
    const limit = new Deadline(1e12, () => {}, () => { expired = true; });
    await sleep(50);
    assert.equal(expired, false);
    limit.stop();
  });
});
