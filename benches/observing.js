'use strict';

// What it costs to observe a pool, and what it costs to be able to: node benches/observing.js [ROUNDS]
// Each figure is a median of rounds of 20,000 small tasks at once on one worker; the ways take turns.

const assert = require('node:assert/strict');
const { tracingChannel } = require('node:diagnostics_channel');
const { join } = require('node:path');

const { Piscina } = require('..');
const { isObserved } = require('../lib/observe/task-record');

const count = 20_000;
const rounds = Number(process.argv[2] ?? 15);

const tasks = tracingChannel('rockpool.task');
const nothing = () => {};
const subscribers = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };

/** Microseconds of processor time in user mode that the process takes for a task. */
async function measure (/** @type {Piscina} */ pool) {
  const before = process.cpuUsage().user;
  const sums = await Promise.all(Array.from({ length: count }, (_, n) => pool.run({ a: n, b: 1 })));
  const used = process.cpuUsage().user - before;
  assert.ok(sums.every((sum, n) => sum === n + 1));
  return used / count;
}

/** @type {Record<string, (pool: Piscina) => Promise<number>>} */
const ways = {
  'nobody looks': measure,
  'with subscribers to all five channels of tasks': async (pool) => {
    tasks.subscribe(subscribers);
    try {
      return await measure(pool);
    } finally {
      tasks.unsubscribe(subscribers);
    }
  },
  'with a trace': async (pool) => {
    const trace = pool.trace();
    try {
      return await measure(pool);
    } finally {
      await trace.stop();
    }
  },
  'nobody looks any more': measure
};

/** Nanoseconds that the question takes whether anybody looks, which each task asks. */
function measureCheck () {
  const pool = /** @type {any} */ ({ traces: [] });
  const calls = 50_000_000;
  let observed = 0;
  const before = process.cpuUsage().user;
  for (let n = 0; n < calls; n++) if (isObserved(pool)) observed++;
  assert.equal(observed, 0);
  return ((process.cpuUsage().user - before) * 1e3) / calls;
}

const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[values.length >> 1];

async function main () {
  const pool = new Piscina({ filename: join(__dirname, 'workers', 'add.js'), minThreads: 1, maxThreads: 1 });
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -3; round < rounds; round++) {
    for (const [way, run] of Object.entries(ways)) {
      const sample = await run(pool);
      if (round >= 0) samples[way].push(sample);
    }
  }
  await pool.close();
  for (const [way, values] of Object.entries(samples)) console.log(`${median(values).toFixed(3)} us a task, ${way}`);
  measureCheck();
  console.log(`${measureCheck().toFixed(2)} ns of that for the question whether anybody looks`);
}

main();
