'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { runInNewContext } = require('node:vm');
const fc = require('fast-check');
const { OutsideMemory } = require('../../lib/kernels/outside-memory');

const MIB = 2 ** 20;

/** V8's count, and its rule for when to begin a collection. */
class Count {
  constructor () {
    this.total = 100 * MIB;
    this.lowest = this.total;
    this.begun = 0;
    this.adjust = this.adjust.bind(this);
  }

  /** @param {number} bytes */
  adjust (bytes) {
    this.total += bytes;
    this.lowest = Math.min(this.lowest, this.total);
    if (bytes > 0 && this.total > this.lowest + 64 * MIB) this.collect();
    return this.total;
  }

  collect () {
    this.begun++;
    this.lowest = this.total;
  }
}

/**
 * @param {Count} count
 * @param {number} bytes
 * @param {number} [freed] what is found to be garbage while the memory is nobody's
 */
function transfer (count, bytes, freed = 0) {
  count.adjust(-bytes);
  count.adjust(-freed);
  count.adjust(bytes);
}

describe('the count of memory outside the heap', () => {
  test('grows by half a limit between two collections', () => {
    const [bare, kept] = [new Count(), new Count()];
    const memory = new OutsideMemory(kept.adjust);
    for (let call = 0; call < 1000; call++) {
      transfer(bare, 64 * MIB);
      bare.adjust(1024);
      memory.during(64 * MIB, () => transfer(kept, 64 * MIB));
      kept.adjust(1024);
    }
    assert.equal(bare.begun, 1000);
    assert.equal(kept.begun, 0);
  });

  test('is what it was, also after a transfer that throws', () => {
    const count = new Count();
    const memory = new OutsideMemory(count.adjust);
    assert.equal(memory.during(MIB, () => 'moved'), 'moved');
    assert.throws(() => memory.during(MIB, () => { throw new Error('not moved'); }), /not moved/);
    assert.equal(count.total, 100 * MIB);
  });

  test('is put right by the next transfer after one whose script was ended', () => {
    const count = new Count();
    const memory = new OutsideMemory(count.adjust);
    // Nothing more of it is run, not even what stands in `finally`.
    const script = () => runInNewContext('act()', { act: () => memory.during(MIB, () => { for (;;); }) }, { timeout: 20 });
    assert.throws(script, { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
    assert.ok(count.total > 100 * MIB);
    memory.during(MIB, () => {});
    assert.equal(count.total, 100 * MIB);
  });

  test('no transfer begins a collection that grown memory does not account for', () => {
    const event = fc.record({
      bytes: fc.integer({ min: MIB, max: 64 * MIB }),
      freed: fc.integer({ min: 0, max: 4 * MIB }),
      grown: fc.integer({ min: 0, max: 8 * MIB }),
      dropped: fc.integer({ min: 0, max: 4 * MIB })
    });
    fc.assert(fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const count = new Count();
      const memory = new OutsideMemory(count.adjust);
      let grown = 0;
      for (const event of events) {
        memory.during(event.bytes, () => transfer(count, event.bytes, Math.min(event.freed, grown)));
        count.adjust(event.grown);
        count.adjust(-event.dropped);
        grown += event.grown;
      }
      assert.ok(count.begun <= grown / (24 * MIB), `${count.begun} collections for ${grown} bytes`);
    }));
  });

  test('spares a real V8 most collections', { timeout: 60_000 }, () => {
    const calls = 24;
    const program = `
      const { kernels } = require(${JSON.stringify(join(__dirname, '../..'))});
      (async () => {
        let bytes = new ArrayBuffer(64 * 2 ** 20);
        for (let call = 0; call < ${calls}; call++) bytes = (await kernels.histogram(bytes)).buffer;
      })();`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--trace-gc', '-e', program],
      { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /Scavenge/, 'collections are told of');
    const collections = stdout.match(/Mark-Compact/g) ?? [];
    assert.ok(collections.length < calls / 3, `${collections.length} collections`);
  });
});
