'use strict';

// The process of a soak: `node --expose-gc child.js '{"seconds": 600, "seed": 1}'`. Tells its parent each sample.

const { Piscina } = require('../..');
const { Random } = require('../chaos/random');
const { pause } = require('../chaos/turns');
const { readGauges } = require('./gauges');
const { filename, jobs } = require('./jobs');
const { leaks } = require('./leaks');

/** Clients of each pool. Each has one task at a time. */
const CLIENTS = 40;

const { seconds, seed, samples, leak } = JSON.parse(process.argv[2]);

const state = { tasks: 0, isOver: false };

/** @param {import('./jobs').Client} client */
async function work (client) {
  while (!state.isOver) {
    await client.random.weighted(jobs).run(client);
    state.tasks++;
  }
}

async function main () {
  const common = { filename, minThreads: 1, maxThreads: 1 };
  const pools = /** @type {const} */ (['sync', 'async', 'disabled']).map((atomics) => new Piscina({ ...common, atomics }));
  // Its Workers are lost again and again.
  const fragile = new Piscina({ ...common, idleTimeout: 50, minThreads: 0, maxThreads: 2 });
  const clients = pools.flatMap((pool, at) => Array.from({ length: CLIENTS }, (_, client) =>
    work({ pool, fragile, random: new Random(seed + at * CLIENTS + client) })));

  const failed = Promise.all(clients);
  for (let sample = 0; sample < samples; sample++) {
    await Promise.race([pause(1000 * seconds / samples), failed]);
    if (leak !== undefined) leaks[leak]();
    process.send?.({ tasks: state.tasks, ...readGauges() });
  }
  state.isOver = true;
  await failed;
  await Promise.all([...pools, fragile].map((pool) => pool.close()));
  // A leak that was put in may keep the process.
  if (leak !== undefined) process.exit();
  process.disconnect?.();
}

main();
