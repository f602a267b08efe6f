'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const RealPiscina = require('piscina');

const { PERCENTILES, createPoolHistogram, summarize } = require('../../lib/histogram');

const kRaw = { mean: 2, stddev: 1, min: 0.5, max: 4, percentiles: PERCENTILES.map(([, percentile]) => percentile) };

test('a summary has piscina\'s properties, in its order', async () => {
  const piscina = new RealPiscina({ minThreads: 0 });
  assert.deepEqual(Object.keys(summarize(kRaw)), Object.keys(piscina.histogram.runTime));
  await piscina.destroy();
});

test('each number has its place', () => {
  const summary = summarize(kRaw);
  assert.deepEqual([summary.average, summary.mean, summary.stddev, summary.min, summary.max], [2, 2, 1, 0.5, 4]);
  for (const [name, percentile] of PERCENTILES) {
    assert.equal(Reflect.get(summary, name), percentile);
    assert.equal(name, `p${String(percentile).replace('.', '_')}`);
  }
});

test('a pool\'s histogram is read anew each time, and reset', () => {
  let reads = 0;
  /** @type {string[]} */
  const resets = [];
  const histogram = createPoolHistogram({
    readRunTime: () => ({ ...kRaw, mean: ++reads }),
    readWaitTime: () => kRaw,
    resetRunTime: () => { resets.push('run'); },
    resetWaitTime: () => { resets.push('wait'); }
  });
  assert.deepEqual([histogram.runTime?.mean, histogram.runTime?.mean], [1, 2]);
  assert.equal(histogram.waitTime?.max, 4);
  histogram.resetWaitTime();
  histogram.resetRunTime();
  assert.deepEqual(resets, ['wait', 'run']);
});

test('without recorded times there are no summaries, and nothing to reset', () => {
  const histogram = createPoolHistogram(null);
  assert.equal(histogram.runTime, undefined);
  assert.equal(histogram.waitTime, undefined);
  histogram.resetRunTime();
  histogram.resetWaitTime();
});
