'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { bells, words } = require('../../lib/protocol/tables');
const { Poller } = require('../../lib/pool/poller');
const { Results } = require('../../lib/pool/results');

const timeout = 60_000;

/** As much of a pool as its poller sees. The first look at the results throws, with notes taken that are not read yet. */
class Pool {
  constructor () {
    const words = new Int32Array(new SharedArrayBuffer(1024));
    this.submission = { words, waiting: 0 };
    this.table = { size: 1 };
    this.crew = { size: 1 };
    this.results = { isBehind: false, drainSlice: () => this.drain() };
    this.drains = 0;
    this.poller = new Poller(/** @type {any} */ (this));
    Atomics.store(words, words.length - 1, 0);
  }

  drain () {
    Atomics.store(this.submission.words, words.NOTES, 0);
    if (++this.drains === 1) {
      Atomics.store(this.submission.words, words.BELL, bells.SILENT);
      throw new Error('on purpose');
    }
    this.table.size = 0;
    Atomics.store(this.submission.words, words.BELL, bells.RING);
  }
}

describe('the pool\'s poller', () => {
  for (const way of /** @type {const} */ (['look', 'rise'])) {
    test(`looks again after a throw: ${way}()`, { timeout }, async ({ signal }) => {
      const pool = new Pool();
      Atomics.store(pool.submission.words, words.NOTES, 1);
      if (way === 'look') pool.poller.active = true;
      assert.throws(() => pool.poller[way](), { message: 'on purpose' });
      // What is there by now is noted, and not rung for.
      Atomics.store(pool.submission.words, words.NOTES, 1);
      while (pool.drains < 2 || pool.poller.active) {
        assert.ok(!signal.aborted);
        await turn();
      }
      assert.equal(Atomics.load(pool.submission.words, words.BELL), bells.RING);
    });
  }
});

test('a look at the results that throws does not keep the next one from looking', { timeout }, () => {
  let looks = 0;
  const pool = {
    poller: { active: false },
    native: { drain: () => 0 },
    specimen: { look () { if (++looks === 1) throw new Error('on purpose'); } },
    scheduler: { wakeForWaiting () {} }
  };
  const results = new Results(/** @type {any} */ (pool));
  assert.throws(() => results.drain(), { message: 'on purpose' });
  results.drain();
  assert.equal(looks, 2);
});
