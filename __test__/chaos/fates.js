'use strict';

const { parentPort } = require('node:worker_threads');

const { replacements } = require('./replacements');
const { same } = require('./same');
const { setTimeout } = require('./turns');

// Taken before any task replaces them.
const { performance } = globalThis;

/**
 * What a handler does with its task. `run` happens in the worker; `expects` says, on the other side, whether an error is
 * the one that this fate leads to. A fate that `answers` leads to the task's own answer. One that `kills` takes the
 * worker with it; one that `blocks` never ends by itself, so that its task has a signal, which is aborted.
 *
 * A new fate is one more entry.
 *
 * @typedef {object} Fate
 * @property {string} name
 * @property {number} weight how often it is planned, beside the others
 * @property {(random: import('./random').Random) => object} [make] what else the plan says of it
 * @property {(pool: object) => boolean} [suits] whether it is planned for such a pool
 * @property {(fate: any, answer: any) => any} run
 * @property {(error: any, fate: any) => boolean} [expects]
 * @property {boolean} [answers]
 * @property {boolean} [kills]
 * @property {boolean} [blocks]
 */

/** Whatever may be thrown that is no error. */
const oddities = [undefined, null, 0, '', 'a text', false, -0, 12n, [1, [2]], { code: 'ODD' }];

/** Messages that nobody asked for, among them some that look like the pool's own. */
const rubbish = [
  null, undefined, 0, 'rubbish', {}, { kind: 7, index: 0, seqLow: 0, seqHigh: 0, value: 'wrong' }, { kind: 2 },
  { kind: 5, index: 0, seqLow: 0, seqHigh: 0 }, { kind: 6, index: 1, seqLow: 1, seqHigh: 0 }, { kind: 1, slot: 0, pool: 0, port: null }, [[]]
];

const milliseconds = (limit) => (random) => ({ ms: random.below(limit) });

/** @type {Fate[]} */
const fates = [
  {
    name: 'spin',
    weight: 6,
    answers: true,
    make: milliseconds(3),
    run ({ ms }, answer) {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return answer;
    }
  },
  {
    name: 'wait',
    weight: 6,
    answers: true,
    make: milliseconds(6),
    run: ({ ms }, answer) => new Promise((resolve) => { setTimeout(resolve, ms, answer); })
  },
  {
    name: 'throw',
    weight: 3,
    run (_, { id }) {
      throw Object.assign(new RangeError(`thrown by ${id}`), { code: 'ERR_CHAOS', id });
    },
    expects: (error) => error instanceof RangeError && error.code === 'ERR_CHAOS'
  },
  {
    name: 'reject',
    weight: 3,
    run: async (_, { id }) => {
      await null;
      throw Object.assign(new Error(`rejected by ${id}`, { cause: 'chaos' }), { id });
    },
    expects: (error) => error instanceof Error && error.cause === 'chaos'
  },
  {
    name: 'throwValue',
    weight: 2,
    make: (random) => ({ which: random.below(oddities.length) }),
    run ({ which }) {
      throw oddities[which];
    },
    expects: (error, { which }) => same(error, oddities[which])
  },
  {
    name: 'uncloneable',
    weight: 1,
    run: () => ({ method () {} }),
    expects: (error) => error?.name === 'DataCloneError'
  },
  {
    name: 'postRubbish',
    weight: 2,
    answers: true,
    make: (random) => ({ which: random.below(rubbish.length) }),
    run ({ which }, answer) {
      parentPort.postMessage(rubbish[which]);
      return answer;
    }
  },
  {
    name: 'replaceGlobals',
    weight: 0.5,
    answers: true,
    make: (random) => ({ which: random.below(replacements.length) }),
    run ({ which }, answer) {
      replacements[which]();
      return answer;
    }
  },
  {
    name: 'exit',
    weight: 0.2,
    kills: true,
    make: (random) => ({ exitCode: random.below(200) }),
    run: ({ exitCode }) => process.exit(exitCode),
    expects: (error, { exitCode }) => error?.code === 'ERR_ROCKPOOL_WORKER_EXITED' && error.exitCode === exitCode
  },
  {
    name: 'uncaught',
    weight: 0.2,
    kills: true,
    run () {
      setTimeout(() => { throw new TypeError('nobody caught this'); });
      return new Promise(() => {});
    },
    expects: (error) => error?.message === 'nobody caught this'
  },
  {
    name: 'exhaustHeap',
    weight: 0.4,
    kills: true,
    suits: ({ resourceLimits }) => resourceLimits !== undefined,
    run () {
      const kept = [];
      for (;;) kept.push(new Array(1e5).fill(kept.length));
    },
    expects: (error) => error?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  },
  {
    name: 'loopForEver',
    weight: 0.15,
    blocks: true,
    run () {
      for (;;);
    }
  },
  {
    name: 'sleepForEver',
    weight: 0.15,
    blocks: true,
    run () {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
  },
  {
    name: 'waitForEver',
    weight: 0.15,
    blocks: true,
    run: () => new Promise(() => { setInterval(() => {}, 1000); })
  },
  {
    name: 'poolOfItsOwn',
    weight: 0.04,
    answers: true,
    async run (_, answer) {
      const { Piscina } = require('../..');
      const pool = new Piscina({ filename: require.resolve('./worker/echo.js'), minThreads: 1, maxThreads: 1 });
      const echoes = await Promise.all([1, 2, 3].map((value) => pool.run(value)));
      await pool.destroy();
      return echoes.join() === '1,2,3' ? answer : `echoes ${echoes}`;
    }
  }
];

const byName = new Map(fates.map((fate) => [fate.name, fate]));

module.exports = { fates, fateOf: (/** @type {any} */ task) => byName.get(task.fate?.name), byName, rubbish };
