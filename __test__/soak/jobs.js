'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');

const { Piscina, kernels } = require('../..');

const filename = join(__dirname, 'worker.js');

/** A text with a certain length, and what belongs to it. */
const sizes = [10, 1000, 20_000, 300_000].map((length) => {
  const bytes = Buffer.alloc(length, 'a soak is a long bath. ');
  return { text: bytes.toString(), bytes, hash: createHash('sha256').update(bytes).digest('hex') };
});

/** @typedef {{ pool: Piscina, fragile: Piscina, random: import('../chaos/random').Random }} Client */

const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('hex');
const copyOf = (/** @type {Uint8Array} */ bytes) => new Uint8Array(bytes);

/**
 * What the clients of a soak do, each as often as its weight says. Each checks its answer, and holds nothing afterwards.
 *
 * @type {{ name: string, weight: number, run: (client: Client) => Promise<void> }[]}
 */
const jobs = [
  {
    name: 'number',
    weight: 60,
    async run ({ pool, random }) {
      const value = random.next();
      assert.equal(await pool.run(value, { name: 'echo' }), value);
    }
  },
  {
    name: 'object',
    weight: 20,
    async run ({ pool, random }) {
      const value = { id: random.next(), list: [1, 2, 3], nested: { text: 'a text', when: new Date(0) } };
      assert.deepEqual(await pool.run(value, { name: 'echo' }), value);
    }
  },
  {
    name: 'text',
    weight: 8,
    async run ({ pool, random }) {
      const { text } = random.pick(sizes);
      assert.equal(await pool.run(text, { name: 'echo' }), text);
    }
  },
  {
    name: 'copiedBytes',
    weight: 2,
    async run ({ pool, random }) {
      const value = new Map([['bytes', copyOf(random.pick(sizes).bytes)]]);
      const back = await pool.run(value, { name: 'echo' });
      assert.equal(back.get('bytes').length, value.get('bytes')?.length);
    }
  },
  {
    name: 'transfer',
    weight: 3,
    async run ({ pool, random }) {
      const bytes = new Uint8Array(random.pick([100, 70_000, 2_000_000]));
      const { length } = bytes;
      const back = await pool.run(bytes, { name: 'bytesBack', transferList: [bytes.buffer] });
      assert.equal(back.length, length);
    }
  },
  {
    name: 'largeResult',
    weight: 1,
    async run ({ pool, random }) {
      const length = random.pick([1000, 100_000, 1_000_000]);
      assert.equal((await pool.run(length, { name: 'grow' })).length, length);
    }
  },
  {
    name: 'error',
    weight: 4,
    run: ({ pool }) => assert.rejects(pool.run('not today', { name: 'fail' }), { name: 'RangeError', message: 'not today' })
  },
  {
    name: 'notCloneable',
    weight: 1,
    run: ({ pool }) => assert.rejects(pool.run(() => {}, { name: 'echo' }), { name: 'DataCloneError' })
  },
  {
    name: 'abortOfQueued',
    weight: 3,
    async run ({ pool }) {
      const canceller = new AbortController();
      const done = pool.run('never', { name: 'echo', signal: canceller.signal }).then(() => {}, () => {});
      canceller.abort();
      await done;
    }
  },
  {
    name: 'kernelOfPool',
    weight: 2,
    async run ({ pool, random }) {
      const { bytes, hash } = random.pick(sizes);
      assert.equal(hex((await pool.kernel('sha256', copyOf(bytes))).value), hash);
    }
  },
  {
    name: 'compression',
    weight: 1,
    async run ({ random }) {
      const { bytes } = random.pick(sizes);
      const { output } = await kernels.gzip.compress(copyOf(bytes), { level: 1 });
      assert.deepEqual(gunzipSync(output), bytes);
    }
  },
  {
    name: 'kernelOnThisThread',
    weight: 1,
    async run ({ random }) {
      const { bytes, hash } = random.pick(sizes);
      assert.equal(hex(kernels.sync.sha256(copyOf(bytes)).value), hash);
    }
  },
  {
    name: 'pipelineOnList',
    weight: 0.5,
    async run ({ random }) {
      const lent = Array.from({ length: 8 }, () => copyOf(random.pick(sizes).bytes));
      const results = await kernels.pipeline([['sort'], ['sha256']]).map(lent);
      assert.equal(results.length, 8);
    }
  },
  {
    name: 'kernelOnRubbish',
    weight: 0.5,
    run: ({ random }) => assert.rejects(kernels.gzip.decompress(copyOf(random.pick(sizes).bytes)), { code: 'ERR_ROCKPOOL_KERNEL_DATA' })
  },
  {
    name: 'abortOfRunning',
    weight: 0.01,
    async run ({ fragile }) {
      const canceller = new AbortController();
      const done = fragile.run(30, { name: 'spin', signal: canceller.signal }).then(() => {}, () => {});
      setTimeout(() => canceller.abort(), 5);
      await done;
    }
  },
  {
    name: 'lossOfWorker',
    weight: 0.01,
    run: ({ fragile }) => fragile.run(0, { name: 'exit' }).then(() => assert.fail('answered'), () => {})
  },
  {
    name: 'poolForOneTask',
    weight: 0.01,
    async run () {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
      assert.equal(await pool.run(1, { name: 'echo' }), 1);
      await pool.close();
    }
  }
];

module.exports = { filename, jobs };
