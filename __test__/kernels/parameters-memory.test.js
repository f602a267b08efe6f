'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { runProgram } = require('./support');

const MIB = 2 ** 20;

/** Calls with a parameter of 8 MiB, and how much memory may be taken at most meanwhile, in MiB. */
const CALLS = 150;
const HELD = 500;

/** @type {Record<string, string>} */
const calls = {
  'of a list': 'kernels.map(\'matrix.multiply\', [rows], params).then(([result]) => result)',
  'of a pipeline that is made for it': 'kernels.pipeline([[\'matrix.multiply\', params]]).run(rows)',
  'of a pipeline of several steps': 'kernels.pipeline([[\'matrix.multiply\', params], [\'vector.toHalf\']]).run(rows)'
};

describe('the copies of parameters do not outlive their use by much:', () => {
  for (const [name, call] of Object.entries(calls)) {
    test(`those of a call ${name}`, { timeout: 60_000 }, async () => {
      const { stdout, stderr } = await runProgram(`
        (async () => {
          const params = { m: 1, k: 1024, n: 2048, other: new Float32Array(1024 * 2048) };
          let rows = new Float32Array(1024);
          let most = 0;
          for (let at = 0; at < ${CALLS}; at++) {
            ({ buffer: rows } = await ${call});
            most = Math.max(most, process.memoryUsage.rss());
          }
          console.log(most);
        })();`);
      assert.equal(stderr, '');
      assert.ok(Number(stdout) < HELD * MIB, `${Math.round(Number(stdout) / MIB)} MiB resident`);
    });
  }

  // The event loop does not turn, so that Node frees nothing that it frees then.
  for (const [name, use] of /** @type {const} */ ([['that are never used', ''], ['on this thread', '.runSync(rows)']])) {
    test(`those of pipelines ${name}`, { timeout: 60_000 }, async () => {
      const { stdout, stderr } = await runProgram(`
        const other = Float32Array.from({ length: 1024 * 2048 }, (_, at) => at & 1);
        const rows = new Float32Array(1024).fill(1);
        const make = (other) => kernels.pipeline([['matrix.multiply', { m: 1, k: 1024, n: 2048, other }]]);
        for (let at = 0; at < ${CALLS}; at++) make(other)${use};
        console.log(process.memoryUsage.rss());

        // They are as good as others, whatever becomes of what they were made of.
        const changed = other.slice();
        const pipeline = make(changed);
        changed.fill(9);
        structuredClone(changed, { transfer: [changed.buffer] });
        const sums = () => pipeline.runSync(rows).output.slice(0, 2).join();
        console.log(sums(), sums());
        setImmediate(() => setImmediate(() => console.log(sums(), sums())));`);
      assert.equal(stderr, '');
      const [resident, ...sums] = stdout.trim().split('\n');
      assert.deepEqual(sums, ['0,1024 0,1024', '0,1024 0,1024']);
      assert.ok(Number(resident) < HELD * MIB, `${Math.round(Number(resident) / MIB)} MiB resident`);
    });
  }
});
