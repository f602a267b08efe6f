'use strict';

const { fates } = require('./fates');
const { kinds: faults } = require('./faults');
const { makePoolSpec } = require('./pools');
const { Random } = require('./random');
const signals = require('./signals');
const { kinds: tasks } = require('./tasks');

/**
 * Makes a plan of a seed: what is done to which pools, as data. The same seed gives the same plan; what the machine makes
 * of it, which worker is there first, is another matter.
 *
 * @typedef {{ seed: number, scenes: any[] }} Plan
 */

/** Tasks of one scene: a pool lives through so many, give or take. */
const TASKS = 250;

/**
 * @param {{ seed: number, tasks: number, faults: number }} wanted
 * @returns {Plan}
 */
function makePlan ({ seed, tasks: wantedTasks, faults: wantedFaults }) {
  const random = new Random(seed);
  const scenes = [];
  const share = wantedFaults / Math.max(1, wantedTasks);
  for (let left = wantedTasks; left > 0;) {
    const count = Math.min(left, 1 + random.below(2 * TASKS));
    scenes.push(makeScene(random, count, share * count));
    left -= count;
  }
  return { seed, scenes };
}

/**
 * @param {Random} random
 * @param {number} count
 * @param {number} wantedFaults
 */
function makeScene (random, count, wantedFaults) {
  const spec = { host: random.chance(0.25) ? 'worker' : 'main', pool: makePoolSpec(random), items: [], end: random.pick(['close', 'close', 'force', 'destroy']) };
  const suited = faults.filter(({ suits }) => suits === undefined || suits(spec));
  const probability = wantedFaults / count;
  // How many tasks are in flight, more or less: a few, or all at once.
  const crowd = random.pick([3, 10, 60, 400]);
  let flight = 0;
  for (let done = 0; done < count; done++) {
    spec.items.push(makeTask(random, spec.pool));
    for (let chance = probability; chance > 0; chance--) {
      if (!random.chance(chance)) continue;
      const { name, make } = random.weighted(suited);
      spec.items.push({ fault: name, ...make?.(random, spec) });
    }
    if (random.chance(0.02)) spec.items.push({ wait: 'turn' });
    if (++flight >= crowd * (0.5 + random.fraction())) {
      const left = random.below(Math.ceil(flight / 2));
      spec.items.push(left === 0 ? { wait: 'all' } : { wait: 'some', left });
      flight = left;
    }
  }
  spec.items.forEach((item, id) => { item.id = id; });
  return spec;
}

/**
 * @param {Random} random
 * @param {any} pool
 */
function makeTask (random, pool) {
  const kind = random.weighted(tasks);
  const item = { task: kind.name, ...kind.make?.(random, pool) };
  if (kind.inWorker && !kind.plain && random.chance(0.3)) {
    const { name, make } = random.weighted(fates.filter(({ suits }) => suits === undefined || suits(pool)));
    item.fate = { name, ...make?.(random) };
  }
  if (kind.inWorker && !kind.plain && random.chance(0.05)) item.name = 'other';
  const blocks = fates.some(({ name, blocks }) => blocks && name === item.fate?.name);
  if (blocks || random.chance(0.05)) item.abort = makeAbort(random, blocks);
  return item;
}

/**
 * @param {Random} random
 * @param {boolean} blocks
 */
function makeAbort (random, blocks) {
  const when = random.pick(blocks ? ['running', 'running', 'soon'] : ['before', 'now', 'soon', 'soon', 'running', 'group', 'never']);
  // Before the call only a signal can tell that it was aborted.
  const signal = when === 'before' || random.chance(0.6) ? 'AbortSignal' : random.pick(Object.keys(signals.kinds));
  return { when, signal, ...(when === 'soon' && { steps: random.below(8) }) };
}

/** @param {Plan} plan */
function countPlan ({ scenes }) {
  const items = scenes.flatMap(({ items }) => items);
  return {
    tasks: items.filter(({ task }) => task !== undefined).length,
    faults: items.filter(({ fault, fate, abort }) => fault !== undefined || fate?.name !== undefined || abort !== undefined).length
  };
}

module.exports = { countPlan, makePlan };
