'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { describe, it } = require('node:test');
const { Blob } = require('node:buffer');
const { createSecretKey } = require('node:crypto');
const { MessageChannel, MessagePort } = require('node:worker_threads');
const { move, transferableSymbol, valueSymbol } = require('../..');

const { pooledTogether } = require('../fixtures/pooled.js');
const { assertSame, assertSameOutcome, outcomeOf } = require('./same.js');
const { TIMEOUT, describeEverywhere, moments, openPool, outcomeOfAsync, ways } = require('./pools.js');

/** @param {any} view */
const bytesOf = (view) => [...Buffer.from(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength)];

describeEverywhere('a transfer', (test) => {
  test('what is in the transfer list is detached by run(), and arrives', async (pool) => {
    const buffers = [new Uint8Array([1, 2, 3]).buffer, new Uint8Array(100_000).fill(9).buffer];
    const expected = structuredClone({ buffers, again: buffers[0], view: new Uint8Array(buffers[1], 5, 10) });
    const value = { buffers, again: buffers[0], view: new Uint8Array(buffers[1], 5, 10) };
    const task = pool.run(value, { transferList: buffers });
    assert.deepEqual(buffers.map(({ byteLength }) => byteLength), [0, 0]);
    assertSame(await task, expected);
  });

  test('what is moved there and back arrives', async (pool) => {
    const makers = [
      () => new Uint8Array([1, 2, 3]).buffer,
      () => new Float64Array([0.5, -0]),
      () => new DataView(new ArrayBuffer(16), 4, 8),
      () => new Uint16Array(new ArrayBuffer(64), 8, 4).fill(7),
      () => new Uint8Array(1024 * 1024).fill(1)
    ];
    await Promise.all(makers.map(async (make) => {
      const value = make();
      const expected = structuredClone(value);
      const task = pool.run(move(value), { name: 'echoMoved' });
      assert.equal((/** @type {any} */ (value).buffer ?? value).byteLength, 0);
      assertSame(await task, expected);
    }));
  });

  test('a pooled Buffer is copied without its neighbours', async (pool) => {
    const [buffer, neighbour] = pooledTogether('a few bytes', 'a secret');
    const echoed = pool.run(move(buffer), { name: 'echoMoved' });
    const lengths = pool.run(move(buffer), { name: 'bufferLength' });
    const view = pool.run(move(new DataView(buffer.buffer, buffer.byteOffset, 5)), { name: 'bufferLength' });
    buffer.fill(0);
    assertSame(await echoed, Uint8Array.from(Buffer.from('a few bytes')));
    assert.deepEqual(await lengths, [11, 11]);
    assert.deepEqual(await view, [5, 5]);
    assert.equal(neighbour.toString(), 'a secret');
  });

  test('a view in a buffer as long as the slab takes the whole of it along', async (pool) => {
    const { buffer } = new Uint8Array(Buffer.poolSize).fill(3);
    const task = pool.run(move(Buffer.from(buffer, 8, 16)), { name: 'bufferLength' });
    assert.equal(buffer.byteLength, 0);
    assert.deepEqual(await task, [16, Buffer.poolSize]);
  });

  test('several things are moved by a value that names them', async (pool) => {
    const [first, second] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
    const { port1, port2 } = new MessageChannel();
    const value = {
      [transferableSymbol]: [first.buffer, second.buffer, port2],
      [valueSymbol]: { list: [first, second, first], port: port2 }
    };
    const third = new ArrayBuffer(4);
    const task = pool.run(move(/** @type {any} */ (value)), { name: 'answerOn', transferList: [third] });
    assert.deepEqual([first.byteLength, second.byteLength, third.byteLength], [0, 0, 0]);
    port1.postMessage('question');
    // Where workers sleep between tasks, its event loop turns only while there is a task.
    const turning = pool.run('turn', { name: 'echoLater' });
    await task;
    await turning;
    port1.close();
  });

  test('a port is a channel to the worker, in both directions', async (pool) => {
    const { port1, port2 } = new MessageChannel();
    const answer = once(port1, 'message');
    const task = pool.run({ port: port2 }, { name: 'answerOn', transferList: [port2] });
    port1.postMessage('question');
    await task;
    let answered = false;
    answer.then(() => { answered = true; });
    while (!answered) await Promise.all([1, 2].map(() => pool.run(null, { name: 'echoLater' })));
    assert.deepEqual(await answer, [['answer', 'question']]);

    const received = await pool.run(null, { name: 'openChannel' });
    assert.ok(received instanceof MessagePort);
    assert.deepEqual(await once(received, 'message'), ['from the worker']);
    received.close();
  });

  test('shared memory stays shared, however it is sent', async (pool) => {
    const memory = new SharedArrayBuffer(8);
    const kinds = [
      memory, move(memory), new Uint8Array(memory), move(new Uint8Array(memory)),
      move(/** @type {any} */ ({ [transferableSymbol]: memory, [valueSymbol]: new DataView(memory) }))
    ];
    for (const kind of kinds) {
      new Uint8Array(memory).fill(0);
      assert.equal(await pool.run(kind, { name: 'fill' }), 8);
      assert.deepEqual(bytesOf(memory), new Array(8).fill(7));
    }
    const part = await pool.run(move(new Uint8Array(memory, 2, 4)), { name: 'echoMoved' });
    part.fill(1);
    assert.deepEqual(bytesOf(memory), [7, 7, 1, 1, 1, 1, 7, 7]);
  });

  test('what is transferred twice is refused, and stays', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const task = pool.run({ buffer }, { transferList: [buffer, buffer] });
    await assert.rejects(task, { name: 'DataCloneError' });
    await assert.rejects(pool.run(move(buffer), { transferList: [buffer] }), { name: 'DataCloneError' });
    assert.equal(buffer.byteLength, 8);
    await assert.rejects(pool.run(1, { transferList: [{}] }), { name: /^(DataCloneError|TypeError)$/ });
    assert.equal(await pool.run(1), 1);
  });

  test('a value that cannot be cloned takes nothing with it', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const value = { buffer, f () {} };
    await assert.rejects(pool.run(value, { transferList: [buffer] }), { name: 'DataCloneError' });
    assert.equal(buffer.byteLength, 8);
    const named = { [transferableSymbol]: [buffer], [valueSymbol]: value };
    await assert.rejects(pool.run(move(/** @type {any} */ (named))), { name: 'DataCloneError' });
    assert.equal(buffer.byteLength, 8);
  });

  test('a value that throws when asked what to move rejects its task', async (pool) => {
    const error = new Error('asked');
    const value = { get [transferableSymbol] () { throw error; }, get [valueSymbol] () { return 1; } };
    await assert.rejects(pool.run(move(/** @type {any} */ (value))), (thrown) => thrown === error);
  });

  test('what only the runtime can clone arrives', async (pool) => {
    const key = createSecretKey(Buffer.from('secret'));
    const { Module } = /** @type {any} */ (globalThis).WebAssembly;
    const module = new Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    const blob = new Blob(['text']);
    const reply = await pool.run({ key, module, list: [blob], again: key });
    assert.ok(reply.key.equals(key));
    assert.ok(reply.module instanceof Module);
    assert.equal(await reply.list[0].text(), 'text');
    assert.equal(reply.again, reply.key);
  });

  test('what was moved before fails its task, as cloning it fails, and no other', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    const first = pool.run(move(view));
    const expected = outcomeOf(() => structuredClone(view, { transfer: [buffer] }));
    assert.ok('error' in expected);
    const others = [];
    for (let i = 0; i < 5; i++) {
      others.push(pool.run([/x/, i]), pool.run({ i }));
      others.push(pool.run(view, { transferList: [buffer] }).then(assert.fail, ({ name, message, code }) => {
        assertSameOutcome({ error: { name, message, code } }, expected);
      }));
      others.push(pool.run(view).then(assert.fail, ({ name }) => assert.equal(name, 'DataCloneError')));
      others.push(pool.run(i, { transferList: [new ArrayBuffer(1)] }));
    }
    assert.equal((await first).byteLength, 8);
    const replies = await Promise.all(others);
    assertSame(replies, [0, 1, 2, 3, 4].flatMap((i) => [[/x/, i], { i }, undefined, undefined, i]));
  });

  test('what arrives unreadable and was aborted before it started concerns no other task', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(1, { transfer: [buffer] });
    for (let i = 0; i < 4; i++) {
      const abort = new AbortController();
      const options = { signal: abort.signal, transferList: [buffer] };
      const unreadable = outcomeOfAsync(() => pool.run(view, options));
      abort.abort();
      const task = pool.run(move(new Float64Array([i])));
      assert.ok('error' in await unreadable);
      assertSame(await task, new Float64Array([i]));
    }
  });

  test('what arrives unreadable and is aborted by its own getter concerns no other task', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(1, { transfer: [buffer] });
    // Later releases of Node refuse the list before they look at the value.
    let isAsked = false;
    outcomeOf(() => structuredClone({ get a () { isAsked = true; return 1; }, view }, { transfer: [buffer] }));
    for (let i = 0; i < 4; i++) {
      const abort = new AbortController();
      /** @type {Promise<any> | undefined} */
      let task;
      const value = {
        get a () {
          abort.abort();
          task = pool.run(move(new Float64Array([i])));
          return 1;
        },
        view
      };
      const options = { signal: abort.signal, transferList: [buffer] };
      assert.ok('error' in await outcomeOfAsync(() => pool.run(value, options)));
      assertSame(await task, isAsked ? new Float64Array([i]) : undefined);
      assertSame(await pool.run(move(new Float64Array([i]))), new Float64Array([i]));
    }
  });

  test('what arrives unreadable while a worker looks for its next task fails its own task', async (pool) => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(1, { transfer: [buffer] });
    const expected = outcomeOf(() => structuredClone(view, { transfer: [buffer] }));
    assert.ok('error' in expected);
    for (let i = 0; i < 10; i++) {
      const unreadable = {
        // Long enough for a worker to take the task before its value is posted.
        get a () {
          const end = performance.now() + 2;
          while (performance.now() < end);
          return 1;
        },
        view
      };
      const task = outcomeOfAsync(() => pool.run(unreadable, { name: 'echoLater', transferList: [buffer] }));
      assertSame(await pool.run([/x/, i], { name: 'echoLater' }), [/x/, i]);
      assertSameOutcome(await task, expected);
      await pool.run(i);
    }
  });
});

describe('a result that is moved', { timeout: TIMEOUT }, () => {
  for (const [way, options] of ways) {
    it(`arrives: ${way}`, async () => {
      const pool = openPool(options());
      const make = (/** @type {string} */ kind) => pool.run(kind, { name: 'ownMoved' });
      assertSame(await make('pooled'), Uint8Array.from(Buffer.from('a pooled one')));
      assertSame(await make('part'), structuredClone(new Uint8Array(new ArrayBuffer(100), 10, 20).fill(3)));
      assertSame(await make('whole'), new Float64Array([1, 2, 3]));
      assert.ok(await make('shared') instanceof SharedArrayBuffer);
      assert.deepEqual(bytesOf(await make('view of shared')), [5, 5, 5, 5]);

      const value = { view: new Uint8Array([1, 2]), other: new ArrayBuffer(3) };
      const list = [value.view.buffer, value.other];
      const reply = await pool.run({ value, list }, { name: 'echoTransferred' });
      assertSame(reply, structuredClone({ value, list }));
      await pool.destroy();
    });
  }
});

describe('a large value', { timeout: TIMEOUT }, () => {
  const sizes = [65_500, 65_536, 65_600, 1024 * 1024];
  for (const [moment, prepare] of moments) {
    it(`arrives and returns when the workers ${moment}`, async () => {
      const pool = openPool();
      const release = await prepare(pool);
      const values = sizes.flatMap((size) => [
        'x'.repeat(size), '\u20ac'.repeat(size / 2), Array.from({ length: size / 8 }, (_, i) => i), Buffer.alloc(size, 'y'),
        { text: 'z'.repeat(size), list: [new Uint8Array(size)] }, new Uint8Array(size).buffer, 2n ** BigInt(size)
      ]);
      const tasks = values.map((value) => pool.run(value));
      const posted = values.map((value) => pool.run(value, { name: 'echoPosted', transferList: [new ArrayBuffer(1)] }));
      await release();
      const expected = values.map((value) => structuredClone(value));
      // One by one: they share nothing, but the comparison must not be of a few hundred megabytes at once.
      for (const replies of [tasks, posted]) {
        for (const [i, reply] of replies.entries()) assertSame(await reply, expected[i]);
      }
      await pool.destroy();
    });
  }

  it('of 100 MiB arrives, and the sender keeps its own', async () => {
    const pool = openPool();
    const buffer = Buffer.alloc(100 * 1024 * 1024, 1);
    buffer[buffer.length - 1] = 2;
    const task = pool.run(buffer, { name: 'measure' });
    buffer[0] = 9;
    buffer[buffer.length - 1] = 9;
    assert.deepEqual(await task, [buffer.length, 1, 2]);
    assert.equal(buffer.length, 100 * 1024 * 1024);
    await pool.destroy();
  });

  it('arrives whole and returns whole while other threads copy theirs', async () => {
    const pool = openPool({ minThreads: 2, maxThreads: 2 });
    // Around the size from which on a second thread helps with a copy (src/bulk.rs).
    const sizes = [-1, 0, 1, 1234567].map((more) => 16 * 1024 * 1024 + more);
    const values = sizes.map((size) => Buffer.alloc(size, `some bytes that repeat at no page ${size}`));
    const replies = await Promise.all(values.map((value) => pool.run(value)));
    for (const [i, reply] of replies.entries()) assert.equal(Buffer.compare(reply, values[i]), 0, `${sizes[i]}`);
    await pool.destroy();
  });
});
