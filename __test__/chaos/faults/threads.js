'use strict';

const { replacements } = require('../replacements');

/** Faults that hit the thread that the pool belongs to. */

const { performance } = globalThis;

/** @type {import('./index').FaultKind[]} */
module.exports = [
  {
    name: 'block',
    weight: 2,
    make: (random) => ({ ms: random.pick([2, 10, 60]) }),
    apply (_, { ms }) {
      const end = performance.now() + ms;
      while (performance.now() < end);
    }
  },
  {
    name: 'blockPastLimits',
    weight: 0.3,
    suits: ({ pool }) => pool.loadTimeout !== undefined,
    apply (scene) {
      const end = performance.now() + 1.2 * scene.spec.pool.loadTimeout;
      while (performance.now() < end);
    }
  },
  {
    name: 'cutShort',
    weight: 0.5,
    make: (random) => ({ ms: 1 + random.below(4) }),
    apply: (scene, { ms }) => scene.submitCutShort(ms)
  },
  {
    name: 'replaceGlobals',
    weight: 1,
    make: (random) => ({ which: random.below(replacements.length) }),
    apply: (_, { which }) => replacements[which]()
  },
  {
    name: 'collectGarbage',
    weight: 2,
    apply: () => /** @type {any} */ (globalThis).gc()
  },
  {
    name: 'stop',
    weight: 0.5,
    suits: ({ host }) => host === 'main',
    make: (random) => ({ ms: random.pick([20, 200]) }),
    apply: (scene, { ms }) => scene.tools.stop(ms)
  },
  {
    name: 'endHost',
    weight: 0.5,
    suits: ({ host }) => host === 'worker',
    make: (random) => ({ how: random.pick(['terminate', 'exit']) }),
    apply: (scene, { how }) => scene.tools.endHost(how)
  }
];
