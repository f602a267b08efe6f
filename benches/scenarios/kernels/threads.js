'use strict';

const { counts } = require('../counts');
const { perSecond, warmUp } = require('../tasks');

/** @typedef {{ threads: number, calls: number, bytes: number }} Parameters */
/** @typedef {{ runs: (() => Promise<void>)[] }} State */

/** @type {import('../types').Scenario<Parameters, State, Partial<import('../../contestants/types').LoadedJobs>>} */
module.exports = {
  id: 'threads',
  title: 'From one kernel thread to as many as there are processors',
  metrics: {
    rate: { title: 'rate', unit: 'calls/s', better: 'more' },
    processor: { title: 'processor time of all threads', unit: 'µs/call', better: 'less' }
  },
  cases: counts.map((threads) => ({
    id: `compress-${threads}`,
    title: `256 calls of gzip, 64 KiB each, at once, ${threads} kernel ${threads === 1 ? 'thread' : 'threads'}`,
    metrics: ['rate', 'processor'],
    contestants: ['rockpool'],
    parameters: { threads, calls: 256, bytes: 64 << 10 },
    quick: threads === 1 ? { calls: 4 } : false,
    // The number of threads is settled with the first call.
    fresh: true
  })),

  async prepare ({ jobs }, { threads, calls, bytes }) {
    const begin = jobs?.threads;
    if (begin === undefined) throw new Error('knows nothing of the job threads');
    const run = await begin({ threads });
    const runs = Array.from({ length: calls }, (_, call) => {
      let input = Uint8Array.from({ length: bytes }, (_, at) => (at * (call + 7)) >> 5);
      return async () => {
        ({ input } = await run(input));
      };
    });
    await warmUp(() => Promise.all(runs.map((run) => run())), calls < 256);
    return { runs };
  },

  async sample ({ runs }) {
    const before = process.cpuUsage();
    const start = performance.now();
    await Promise.all(runs.map((run) => run()));
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    return { rate: perSecond(runs.length, milliseconds), processor: (user + system) / runs.length };
  },

  finish: async () => {}
};
