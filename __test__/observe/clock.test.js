'use strict';

const assert = require('node:assert/strict');
const { tracingChannel } = require('node:diagnostics_channel');
const { join } = require('node:path');
const { afterEach, describe, test } = require('node:test');

const { Piscina } = require('../..');
const binding = require('../../lib/binding');
const { aheadOf } = require('../../lib/clock');

const timeout = 60_000;
const filename = join(__dirname, 'fixtures', 'tasks.js');
const STALL = 20;

/** @type {(() => unknown)[]} */
const endings = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** The thread has lost its processor for a while. */
function stall () {
  const until = performance.now() + STALL;
  while (performance.now() < until);
}

/**
 * Puts something else in place of a part of the addon until the test has ended.
 *
 * @param {'NativePool' | 'monotonicNow'} key
 * @param {(original: any) => any} replace
 */
function replace (key, replace) {
  const original = binding[key];
  /** @type {any} */ (binding)[key] = replace(original);
  endings.push(() => { /** @type {any} */ (binding)[key] = original; });
}

/** Checks the times of some tasks, by channel and by trace, against what can be seen from outside. */
async function assertTrueTimes (options = {}) {
  const pool = new Piscina({ filename, name: 'spin', minThreads: 1, maxThreads: 1, ...options });
  endings.push(() => pool.destroy());
  await pool.run(0);
  const subscribers = { asyncEnd: (message) => messages.push(message) };
  const messages = [];
  const tasks = tracingChannel('rockpool.task');
  tasks.subscribe(subscribers);
  endings.push(() => tasks.unsubscribe(subscribers));
  const hrtime = () => Number(process.hrtime.bigint()) / 1e3;
  const trace = pool.trace();
  for (let round = 0; round < 5; round++) {
    const from = hrtime();
    await pool.run(1);
    const { waitTime, runTime } = messages[round];
    assert.ok(typeof waitTime === 'number' && waitTime >= 0, `waited ${waitTime}`);
    assert.ok(typeof runTime === 'number' && runTime >= 1, `ran ${runTime}`);
    const whole = (hrtime() - from) / 1e3;
    assert.ok(waitTime + runTime <= whole, `${waitTime} and ${runTime} of ${whole}`);
  }
  const { traceEvents } = await trace.stop();
  const slices = traceEvents.filter(({ ph, name }) => ph === 'X' && name === 'spin');
  assert.equal(slices.length, 5);
  if (options.recordTiming !== false) {
    pool.histogram.resetWaitTime();
    await Promise.all([pool.run(1), pool.run(1)]);
    const longest = Math.max(...messages.slice(5).map(({ waitTime }) => waitTime));
    const { max } = pool.histogram.waitTime;
    // Whole microseconds, to three digits.
    assert.ok(Math.abs(max - longest) <= 0.002 + longest / 100, `${max} instead of ${longest}`);
  }
}

describe('times are true where the thread is held up', () => {
  test('while the native pool is made', { timeout }, async () => {
    replace('NativePool', (NativePool) => class extends NativePool {
      constructor (...given) {
        stall();
        super(...given);
        stall();
      }
    });
    await assertTrueTimes();
    await assertTrueTimes({ recordTiming: false });
  });

  test('while its clock and the workers\' are compared', { timeout }, async () => {
    for (const when of ['before', 'after']) {
      let readings = 0;
      replace('monotonicNow', (monotonicNow) => () => {
        const first = readings++ % 4 === 0;
        if (first && when === 'before') stall();
        const now = monotonicNow();
        if (first && when === 'after') stall();
        return now;
      });
      await assertTrueTimes();
      assert.ok(readings >= 4, 'the pool and the trace have looked again');
    }
  });
});

test('how far a clock is ahead is known exactly, whatever comes between', { timeout }, () => {
  const AHEAD = 1e6;
  for (const [before, after] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
    let readings = 0;
    const ahead = aheadOf(() => {
      const first = readings++ < 3;
      if (first && before) stall();
      const now = performance.now() + AHEAD;
      if (first && after) stall();
      return now;
    });
    // Never too much: what was read afterwards would be before its time.
    assert.ok(ahead <= AHEAD && ahead > AHEAD - STALL / 2, `${before} ${after}: ${ahead - AHEAD}`);
  }
});

test('a clock that can never be read at once is read a limited number of times', { timeout }, () => {
  let readings = 0;
  const ahead = aheadOf(() => {
    const until = performance.now() + 0.01;
    while (performance.now() < until);
    readings++;
    return until;
  });
  assert.ok(readings > 1 && readings < 100, String(readings));
  assert.ok(ahead <= 0);
});

test('a worker\'s own histogram has times without recordTiming, also after a trace', { timeout }, async () => {
  /** @type {any} */
  let worker;
  const pool = new Piscina({
    filename, name: 'spin', minThreads: 1, maxThreads: 1, recordTiming: false, workerHistogram: true
  });
  endings.push(() => pool.destroy());
  pool.on('workerCreate', (created) => { worker = created; });
  await pool.run(2);
  await pool.trace().stop();
  await pool.run(2);
  assert.ok(worker.histogram.min >= 1.9, JSON.stringify(worker.histogram));
});
