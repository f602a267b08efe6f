'use strict';

const { rubbish } = require('../fates');
const { turn } = require('../turns');

/** Faults that hit single workers. */

/** Turns of the event loop in which a lost worker's successor is waited for. */
const PATIENCE = 200;

/**
 * Ends a worker as its owner may: `pool.threads[i].terminate()`.
 *
 * @param {import('../scene').Scene} scene
 * @param {import('node:worker_threads').Worker} worker
 */
function terminate (scene, worker) {
  scene.losses.push({ at: scene.now++, thread: worker.threadId, code: 'ERR_ROCKPOOL_WORKER_EXITED', exitCodes: [0, 1] });
  worker.terminate();
}

/** @param {import('../random').Random} random */
const anyWorker = (random) => ({ place: random.fraction() });

/**
 * @param {import('../scene').Scene} scene
 * @param {{ place: number }} item
 * @returns {import('node:worker_threads').Worker | undefined}
 */
function chosenOf ({ pool }, { place }) {
  const { threads } = pool;
  return threads[Math.floor(place * threads.length)];
}

/** @type {import('./index').FaultKind[]} */
module.exports = [
  {
    name: 'terminate',
    weight: 4,
    make: anyWorker,
    apply (scene, item) {
      const worker = chosenOf(scene, item);
      if (worker !== undefined) terminate(scene, worker);
    }
  },
  {
    name: 'terminateBooting',
    weight: 3,
    make: anyWorker,
    async apply (scene, item) {
      const worker = chosenOf(scene, item);
      if (worker === undefined) return;
      const known = new Set(scene.pool.threads);
      terminate(scene, worker);
      for (let turns = 0; turns < PATIENCE; turns++) {
        const successor = scene.pool.threads.find((/** @type {any} */ thread) => !known.has(thread));
        if (successor !== undefined) return terminate(scene, successor);
        await turn();
      }
    }
  },
  {
    name: 'terminateAll',
    weight: 1,
    apply (scene) {
      for (const worker of scene.pool.threads) terminate(scene, worker);
    }
  },
  {
    name: 'rubbish',
    weight: 4,
    make: (random) => ({ ...anyWorker(random), which: random.below(rubbish.length) }),
    apply (scene, item) {
      chosenOf(scene, item)?.postMessage(rubbish[item.which]);
    }
  }
];
