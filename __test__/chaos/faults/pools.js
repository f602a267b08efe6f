'use strict';

/** Faults that hit the pool as a whole. */

/** What programs write into `pool.options`, as JSON carries it. */
const changes = [
  ['idleTimeout', 0], ['idleTimeout', 20], ['maxQueue', 2], ['maxQueue', 'none'], ['name', 'other'], ['name', 'default'],
  // Settled by the constructor: these are without effect.
  ['concurrentTasksPerWorker', 8], ['taskQueue', null], ['loadBalancer', 7], ['recordTiming', null]
];

/** @type {import('./index').FaultKind[]} */
module.exports = [
  {
    name: 'abortMany',
    weight: 4,
    apply: (scene) => scene.abortGroup()
  },
  {
    name: 'resize',
    weight: 3,
    make (random) {
      const minThreads = random.below(3);
      return { minThreads, maxThreads: Math.max(1, minThreads, random.below(4)) };
    },
    apply (scene, { minThreads, maxThreads }) {
      Object.assign(scene.pool.options, { minThreads, maxThreads });
      scene.maxThreads = Math.max(scene.maxThreads, maxThreads);
    }
  },
  {
    name: 'changeOptions',
    weight: 3,
    make (random) {
      const [option, value] = random.pick(changes);
      return { option, value };
    },
    apply (scene, { option, value }) {
      scene.pool.options[option] = value === 'none' ? Infinity : value;
    }
  },
  {
    name: 'refuseThreads',
    weight: 2,
    make: (random) => ({ count: 1 + random.below(4) }),
    apply (scene, { count }) {
      scene.refusedAt ??= scene.now++;
      scene.tools.refusals.set(scene.marks.memory, { left: count, refused: () => scene.noteRefusal() });
    }
  },
  {
    name: 'close',
    weight: 2,
    make: (random) => ({ force: random.chance(0.4), waits: random.chance(0.5) }),
    async apply (scene, { force, waits }) {
      const closed = scene.during(force ? 'force' : 'close', () => scene.pool.close({ force }));
      scene.abortBlocked();
      scene.nowDue();
      if (waits) await closed;
      else scene.endings.push(closed);
    }
  },
  {
    name: 'destroy',
    weight: 2,
    make: (random) => ({ waits: random.chance(0.5) }),
    async apply (scene, { waits }) {
      const destroyed = scene.during('destroy', () => scene.pool.destroy());
      if (waits) await destroyed;
      else scene.endings.push(destroyed);
    }
  }
];
