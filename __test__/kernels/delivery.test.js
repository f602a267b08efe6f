'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { Poller } = require('../../lib/kernels/poller');
const { performance } = require('node:perf_hooks');
const { runProgram } = require('./support');

const timeout = 60_000;

/** An array of this many answers cannot be made while nobody may write to its last place. */
const prologue = `
  const many = kernels.pipeline(new Array(101).fill(['crc32']));
  const forbid = () => Object.defineProperty(Array.prototype, 100, {
    configurable: true,
    set () { throw new Error('on purpose'); }
  });
  const allow = () => delete Array.prototype[100];
  const outcome = ({ status, value, reason }) =>
    status === 'fulfilled' ? value.buffer.byteLength : [reason.code, reason.name, reason.buffer.byteLength];`;

const refused = ['ERR_ROCKPOOL_KERNEL_OUTPUT', 'RangeError', 16];

describe('an answer that cannot be handed over costs no other call its own,', () => {
  // The first calls of a thread are taken for long, and rung for; after short ones the event loop looks by itself.
  for (const [name, before] of [['told by the doorbell', 0], ['looked for', 100]]) {
    test(name, { timeout }, async () => {
      const { stdout, stderr } = await runProgram(`${prologue}
        (async () => {
          for (let call = 0; call < ${before}; call++) await kernels.crc32(new Uint8Array(10));
          for (let round = 0; round < 3; round++) {
            forbid();
            const calls = [
              kernels.blake3(new Uint8Array(3)), many.run(new Uint8Array(16)), kernels.blake3(new Uint8Array(5)),
              kernels.map('crc32', [new Uint8Array(1)]).then(([first]) => first)
            ];
            // As a rule all of them have ended before the first is told.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
            const outcomes = await Promise.allSettled(calls);
            allow();
            console.log(JSON.stringify(outcomes.map(outcome)));
          }
          console.log(JSON.stringify((await many.run(new Uint8Array(16))).values.length));
        })();`, { timeout: 20_000 });
      assert.equal(stderr, '');
      assert.deepEqual(stdout.trim().split('\n').map((line) => JSON.parse(line)), [
        [3, refused, 5, 1], [3, refused, 5, 1], [3, refused, 5, 1], 101
      ]);
    });
  }

  test('also on this thread', { timeout }, async () => {
    const { stdout, stderr } = await runProgram(`${prologue}
      forbid();
      let reason;
      try { many.runSync(new Uint8Array(16)); } catch (error) { reason = error; }
      allow();
      console.log(JSON.stringify(outcome({ status: 'rejected', reason })));
      console.log(JSON.stringify(many.runSync(new Uint8Array(16)).values.length));`);
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trim().split('\n').map((line) => JSON.parse(line)), [refused, 101]);
  });
});

test('a setter that everybody inherits takes nothing of an answer', { timeout }, async () => {
  const { stdout, stderr } = await runProgram(`
    const take = { configurable: true, set () { throw new Error('mine'); } };
    Object.defineProperties(Object.prototype, { indices: take, scores: take });
    const query = new Float32Array([1, 0]);
    kernels.vector.topk(new Float32Array([0, 1, 1, 0]), { query, k: 1, dimensions: 2 })
      .then(({ value }) => console.log(Object.keys(value).join(), value.indices[0], value.scores[0]));`);
  assert.equal(stderr, '');
  assert.equal(stdout, 'indices,scores 1 1\n');
});

/** A native side that is asked for events, of which some cannot be told. */
class Events {
  /** @param {(boolean | Error)[]} all what is told one after the other: whether there was one, or what is thrown */
  constructor (all) {
    this.all = all;
    this.watched = false;
    this.turns = 0;
    this.poller = new Poller(
      { watch: (/** @type {boolean} */ watched) => { this.watched = watched; } }, () => this.next(), () => 0);
    this.poller.budget.learn(0);
  }

  next () {
    const event = this.all.shift() ?? false;
    if (event instanceof Error) throw event;
    return event;
  }

  async untilQuiet () {
    for (; this.all.length > 0 || this.poller.active || this.watched; this.turns++) await turn();
  }
}

describe('the kernels\' poller', () => {
  for (const way of /** @type {const} */ (['look', 'stop', 'rise'])) {
    test(`looks again after a throw, and then has the doorbell armed: ${way}()`, { timeout }, async () => {
      const events = new Events([true, new Error('on purpose'), true, true, false]);
      if (way !== 'rise') {
        events.poller.active = true;
        events.watched = true;
      }
      assert.throws(() => events.poller[way](), { message: 'on purpose' });
      await events.untilQuiet();
      assert.deepEqual(events.all, []);
    });
  }

  test('tells a flood of events in many turns of the event loop', { timeout }, async () => {
    const events = new Events(new Array(100).fill(true));
    const { next } = events;
    events.next = function () {
      // A millisecond or more for each.
      for (const begun = performance.now(); performance.now() - begun < 1;);
      return next.call(this);
    };
    events.poller.rise();
    await events.untilQuiet();
    assert.ok(events.turns >= 10, `${events.turns} turns`);
  });
});
