'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Piscina = require('../..');
const { addressOf, kernels, pattern, runProgram, startKernel } = require('./support');

const timeout = 60_000;
const minute = { milliseconds: 60_000 };
const busy = { name: 'Error', code: 'ERR_ROCKPOOL_KERNEL_BUSY' };

/**
 * Does something while a call works on shared memory, and waits for its end.
 *
 * @param {(signal: AbortSignal) => Promise<unknown>} start a call that does not end by itself
 * @param {() => unknown} act
 */
async function during (start, act) {
  const controller = new AbortController();
  const call = assert.rejects(start(controller.signal), { code: 'ABORT_ERR' });
  try {
    await act();
  } finally {
    controller.abort();
    await call;
  }
}

const writer = (/** @type {any} */ bytes) => (/** @type {AbortSignal} */ signal) =>
  startKernel('probe.spin', bytes, minute, { signal });

/** Waits behind more urgent calls for its first step, and only reads. */
const reader = (/** @type {any} */ bytes) => (/** @type {AbortSignal} */ signal) => {
  for (let others = 2 * kernels.threads(); others > 0; others--) writer(new Uint8Array(1))(signal).catch(() => {});
  return startKernel('probe.grow', bytes, { times: 1_000_000 }, { signal, priority: 'background' });
};

/** Every way to work on some bytes, in place where `writes`. Each throws or rejects. */
const ways = {
  writing: {
    kernel: (bytes) => startKernel('probe.invert', bytes),
    sync: async (bytes) => kernels.sync.sort(bytes),
    map: (bytes) => kernels.map('probe.invert', [pattern(10), bytes]),
    pipeline: (bytes) => kernels.pipeline([['blake3'], ['probe.invert']]).run(bytes),
    'pipeline on this thread': async (bytes) => kernels.pipeline([['blake3'], ['probe.invert']]).runSync(bytes),
    'list of a pipeline': (bytes) => kernels.pipeline([['probe.invert'], ['probe.double']]).map([bytes]),
    out: (bytes) => startKernel('probe.double', pattern(2), {}, { out: bytes }),
    'out on this thread': async (bytes) => kernels.sync.zstd.compress(new Uint8Array(0), {}, { out: bytes }),
    pool: async (bytes) => {
      const pool = new Piscina({ filename: __filename, minThreads: 0 });
      try {
        return await pool.kernel('probe.invert', bytes);
      } finally {
        await pool.destroy();
      }
    }
  },
  reading: {
    kernel: (bytes) => kernels.blake3(bytes),
    sync: async (bytes) => kernels.sync.crc32(bytes),
    map: (bytes) => kernels.map('crc32', [pattern(10), bytes]),
    pipeline: (bytes) => kernels.pipeline([['blake3'], ['crc32']]).run(bytes),
    'pipeline on this thread': async (bytes) => kernels.pipeline([['probe.double'], ['probe.invert']]).runSync(bytes),
    output: (bytes) => startKernel('probe.double', bytes)
  }
};

test('what a call writes is out of reach for every other one', { timeout }, async () => {
  const shared = new SharedArrayBuffer(400);
  await during(writer(new Uint8Array(shared, 100, 100)), async () => {
    for (const [kind, calls] of Object.entries(ways)) {
      for (const [way, call] of Object.entries(calls)) {
        for (const [start, length] of [[0, 104], [100, 100], [120, 40], [196, 204], [0, 400]]) {
          await assert.rejects(call(new Uint8Array(shared, start, length)), busy, `${kind}, ${way}, ${start}`);
        }
        for (const [start, length] of [[0, 100], [200, 200], [150, 0]]) {
          await call(new Uint8Array(shared, start, length)).catch((error) => {
            // There is no room for any output in a buffer of no bytes.
            assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT', `${kind}, ${way}, ${start}: ${error}`);
            assert.equal(length, 0);
          });
        }
      }
    }
  });
  for (const calls of Object.values(ways)) {
    for (const call of Object.values(calls)) await call(new Uint8Array(shared));
  }
});

test('what calls read others may read, and none may write', { timeout }, async () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(64)).fill(7);
  await during(reader(bytes), async () => {
    for (const [way, call] of Object.entries(ways.writing)) await assert.rejects(call(bytes), busy, way);
    for (const way of ['sync', 'pipeline on this thread']) await ways.reading[way](bytes);
  });
  for (const call of Object.values(ways.writing)) await call(bytes);
});

test('the memory that is lent as out is out of reach, too', { timeout }, async () => {
  const out = new Uint8Array(new SharedArrayBuffer(64));
  // With a listener that gives it up between two of its steps.
  const controller = new AbortController();
  const call = startKernel('probe.grow', new Uint8Array(0), { times: 1_000_000 }, { out, signal: controller.signal });
  assert.throws(() => kernels.sync.crc32(out), busy);
  controller.abort();
  await assert.rejects(call, { code: 'ABORT_ERR' });
  assert.equal(typeof kernels.sync.crc32(out).value, 'number');
});

test('a refusal says which bytes, and gives back what was taken', { timeout }, async () => {
  const shared = new SharedArrayBuffer(100);
  await during(writer(new Uint8Array(shared, 40, 10)), async () => {
    const bytes = new Uint8Array(shared, 30);
    await assert.rejects(startKernel('blake3', bytes), {
      message: /^bytes 10 to 19 of the input are shared memory that another call writes .* and this one reads them/
    });
    await assert.rejects(kernels.map('probe.invert', [pattern(3), bytes]), { message: /^bytes 10 to 19 of input 1 .* writes/ });

    const given = pattern(10);
    const address = addressOf(given);
    await assert.rejects(startKernel('probe.double', given, {}, { out: bytes }), (error) => {
      assert.match(error.message, /^bytes 10 to 19 of out /);
      assert.deepEqual(error.buffer, pattern(10));
      assert.equal(addressOf(error.buffer), address);
      assert.equal(error.out, bytes);
      return true;
    });
  });
});

test('memory is free again however a call has ended', { timeout }, async () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(64));
  const free = () => kernels.sync.image.invert(bytes, { width: 4, height: 4 });
  await assert.rejects(startKernel('probe.panic', bytes), { code: 'ERR_ROCKPOOL_KERNEL_PANIC' });
  free();
  await assert.rejects(kernels.gzip.decompress(bytes), { code: 'ERR_ROCKPOOL_KERNEL_DATA' });
  free();
  assert.throws(() => kernels.sync.gzip.decompress(bytes), { code: 'ERR_ROCKPOOL_KERNEL_DATA' });
  free();
  // A call that waits behind others is cancelled before its first step.
  await during(writer(new Uint8Array(1)), () => during(writer(bytes), () => {}));
  free();
});

test('parameters may lie in shared memory that a call writes', { timeout }, async () => {
  const table = new Uint8Array(new SharedArrayBuffer(256));
  await during(writer(table), () => kernels.sync.image.lut(new Uint8Array(4), { width: 1, height: 1, table }));
});

test('a call of another thread is refused, until the first one has ended', { timeout }, async () => {
  const { stdout, stderr } = await runProgram(`
    const shared = new SharedArrayBuffer(64);
    const controller = new AbortController();
    const call = startKernel('probe.spin', shared, { milliseconds: 600_000 }, { signal: controller.signal });
    const worker = new Worker(\`
      const { parentPort, workerData: { entry, shared } } = require('node:worker_threads');
      const { startKernel } = require(entry);
      const hash = () => startKernel('blake3', shared).then(() => 'done', ({ code }) => code);
      parentPort.on('message', async () => parentPort.postMessage(await hash()));
      hash().then((outcome) => parentPort.postMessage(outcome));\`, { eval: true, workerData: { entry, shared } });
    worker.once('message', async (outcome) => {
      console.log(outcome);
      controller.abort();
      await call.catch(({ code }) => console.log(code));
      worker.once('message', (later) => { console.log(later); worker.terminate(); });
      worker.postMessage(null);
    });`);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trim().split('\n'), ['ERR_ROCKPOOL_KERNEL_BUSY', 'ABORT_ERR', 'done']);
});
