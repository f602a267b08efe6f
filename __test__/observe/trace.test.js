'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { afterEach, describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { Piscina } = require('../..');

const timeout = 60_000;
const filename = join(__dirname, 'fixtures', 'tasks.js');

/** @type {InstanceType<typeof Piscina>[]} */
const pools = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.destroy())));

/** @param {object} [options] */
function makePool (options) {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

/** @param {any} trace */
function read ({ traceEvents }) {
  const rows = new Map(traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name')
    .map(({ tid, args }) => [tid, args.name]));
  const of = (ph) => traceEvents.filter((event) => event.ph === ph);
  return { rows, of, slices: (row) => of('X').filter(({ tid }) => rows.get(tid) === row) };
}

/** Checks what every trace must be for a viewer to read it. */
function assertWellFormed (trace) {
  assert.deepEqual(JSON.parse(JSON.stringify(trace)), trace);
  const { rows, of } = read(trace);
  for (const event of trace.traceEvents) {
    assert.ok(rows.has(event.tid), `row ${event.tid} has a name`);
    assert.ok(Number.isFinite(event.ts) && event.ts >= 0 && event.pid === process.pid);
    if (event.ph === 'X') assert.ok(event.dur >= 0);
  }
  // Every span that begins ends, not earlier.
  const open = new Map();
  for (const event of trace.traceEvents) {
    const key = `${event.cat} ${event.id}`;
    if (event.ph === 'b') open.set(key, event.ts);
    if (event.ph !== 'e') continue;
    assert.ok(open.get(key) <= event.ts, key);
    open.delete(key);
  }
  assert.equal(open.size, 0);
  // Slices of one row of a Worker follow each other.
  const ends = new Map();
  for (const { tid, ts, dur } of of('X')) {
    if (!rows.get(tid).startsWith('Worker')) continue;
    assert.ok((ends.get(tid) ?? 0) <= ts + 0.01, `row ${rows.get(tid)}`);
    ends.set(tid, ts + dur);
  }
}

test('tasks, waiting and running, on the rows of their Workers, on the clock of hrtime', { timeout }, async () => {
  const from = Number(process.hrtime.bigint()) / 1e3;
  const pool = makePool();
  const trace = pool.trace();
  await Promise.all([1, 2, 3].map(() => pool.run(1, { name: 'spin' })));
  await pool.run(null, { name: 'echo' });
  const file = await trace.stop();
  const to = Number(process.hrtime.bigint()) / 1e3;
  assertWellFormed(file);
  const { of, rows, slices } = read(file);
  const worker = `Worker ${pool.threads[0].threadId}`;
  assert.deepEqual([...rows.values()], ['main thread', worker]);
  assert.deepEqual(slices(worker).map(({ name }) => name), ['start', 'spin', 'spin', 'spin', 'echo']);
  for (const { name, ts, dur, args } of slices(worker).slice(1)) {
    assert.ok(ts >= from && ts + dur <= to);
    if (name === 'spin') assert.ok(dur >= 999, 'a millisecond is a thousand microseconds');
    assert.deepEqual([args.filename, args.outcome], [filename, 'succeeded']);
  }
  assert.deepEqual(of('b').map(({ name, args }) => [name, args.task]),
    [['waiting', 'spin'], ['waiting', 'spin'], ['waiting', 'spin'], ['waiting', 'echo']]);
  const counted = of('C').map(({ args }) => args.waiting);
  assert.ok(Math.min(...counted) === 0 && Math.max(...counted) <= 3);
  assert.equal(counted.at(-1), 0);
  assert.equal(file.otherData.lostTasks, 0);
});

test('failures, aborts and exits are instants, unfinished tasks end with the trace', { timeout }, async () => {
  const pool = makePool();
  await pool.run(null, { name: 'echo' });
  const [{ threadId: first }] = pool.threads;
  const trace = pool.trace();
  await assert.rejects(pool.run(null, { name: 'fail' }));
  const controller = new AbortController();
  const running = pool.run(null, { name: 'never', signal: controller.signal });
  while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
  const queued = pool.run(null, { name: 'echo', signal: controller.signal });
  controller.abort();
  await assert.rejects(running);
  await assert.rejects(queued);
  await pool.run(null, { name: 'echo' });
  const [{ threadId: second }] = pool.threads;
  await assert.rejects(pool.run(null, { name: 'exit' }));
  pool.run(null, { name: 'never' }).catch(() => {});
  while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
  const file = await trace.stop();
  assertWellFormed(file);
  const { of, rows, slices } = read(file);
  assert.deepEqual(slices(`Worker ${first}`).map(({ name, args }) => [name, args.outcome, args.failure]),
    [['fail', 'failed', 'TypeError (E_PURPOSE)'], ['never', 'aborted', 'AbortError (ABORT_ERR)']]);
  assert.deepEqual(slices(`Worker ${second}`).map(({ name, args }) => [name, args.outcome]),
    [['start', undefined], ['echo', 'succeeded'], ['exit', 'failed']]);
  assert.deepEqual(slices(`Worker ${pool.threads[0].threadId}`).map(({ name, args }) => [name, args.outcome]),
    [['start', undefined], ['never', 'unfinished']]);
  const instants = of('i').map(({ name, tid }) => `${name} on ${rows.get(tid)}`);
  assert.ok(instants.includes(`failed: fail on Worker ${first}`));
  assert.ok(instants.includes(`aborted: never on Worker ${first}`));
  assert.ok(instants.includes('aborted: echo on main thread'));
  assert.ok(instants.includes(`exit on Worker ${first}`));
  assert.ok(instants.includes(`exit on Worker ${second}`));
});

test('tasks of one Worker that overlap have rows of their own', { timeout }, async () => {
  const pool = makePool({ concurrentTasksPerWorker: 3 });
  await pool.run(0, { name: 'wait' });
  const trace = pool.trace();
  const everyone = new Int32Array(new SharedArrayBuffer(4));
  await Promise.all([1, 2, 3].map(() => pool.run({ everyone, count: 3 }, { name: 'meet' })));
  const file = await trace.stop();
  assertWellFormed(file);
  const { threadId } = pool.threads[0];
  const names = [...read(file).rows.values()].filter((name) => name.startsWith('Worker'));
  assert.deepEqual(names, [`Worker ${threadId}`, `Worker ${threadId} (2)`, `Worker ${threadId} (3)`]);
});

for (const [how, options] of Object.entries({
  'with a load balancer': { loadBalancer: (_task, workers) => workers[0] ?? null },
  'without recordTiming': { recordTiming: false }
})) {
  test(`tasks have their times ${how}`, { timeout }, async () => {
    const pool = makePool(options);
    const trace = pool.trace();
    await pool.run(2, { name: 'spin' });
    const file = await trace.stop();
    assertWellFormed(file);
    const [slice] = read(file).of('X').filter(({ name }) => name === 'spin');
    assert.ok(slice.dur >= 1_999);
    assert.ok(slice.args.waited_us >= 0 && slice.args.settled_after_us >= 0);
  });
}

test('kernels: waiting and running, and their steps on the rows of the kernel threads', { timeout }, async () => {
  const pool = makePool();
  const trace = pool.trace();
  await pool.kernel('blake3', new Uint8Array(16 << 20));
  await Piscina.kernels.sha256(new Uint8Array(1 << 20));
  const file = await trace.stop();
  assertWellFormed(file);
  const { of, rows } = read(file);
  const steps = of('X').filter(({ tid }) => rows.get(tid).startsWith('kernel thread'));
  assert.ok(steps.filter(({ name }) => name === 'blake3').length > 1, 'a step is a part of a call');
  assert.ok(steps.some(({ name }) => name === 'sha256'), 'also of those that are no task of the pool');
  const spans = of('b').filter(({ name }) => name === 'kernel');
  assert.deepEqual(spans.map(({ args }) => [args.kernel, args.outcome]), [['blake3', 'succeeded']]);
  const [from] = spans;
  const to = of('e').find(({ id, cat }) => id === from.id && cat === from.cat);
  for (const { ts, dur } of steps.filter(({ name }) => name === 'blake3')) {
    // Two clocks, read one after the other: they agree to a fraction of a millisecond.
    assert.ok(ts > from.ts - 50_000 && ts + dur < to.ts + 50_000);
  }
  const again = await pool.trace().stop();
  assert.equal(read(again).of('X').length, 0, 'what was before is another trace\'s');
});

describe('a trace', () => {
  test('keeps the newest tasks, and says how many it has lost', { timeout }, async () => {
    const pool = makePool();
    const trace = pool.trace({ limit: 4 });
    for (const name of ['echo', 'echo', 'echo', 'spin', 'spin', 'spin', 'spin']) await pool.run(0, { name });
    const file = await trace.stop();
    assertWellFormed(file);
    assert.equal(file.otherData.lostTasks, 3);
    const names = read(file).of('b').map(({ args }) => args.task);
    assert.deepEqual(names, ['spin', 'spin', 'spin', 'spin']);
  });

  test('is written to a path or a URL, and given again', { timeout }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rockpool-trace-'));
    try {
      const pool = makePool();
      const trace = pool.trace();
      await pool.run(1, { name: 'echo' });
      const path = join(folder, 'trace.json');
      const file = await trace.stop({ file: path });
      assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), file);
      const other = join(folder, 'other.json');
      assert.equal(await trace.stop({ file: pathToFileURL(other) }), file);
      assert.deepEqual(JSON.parse(readFileSync(other, 'utf8')), file);
      await assert.rejects(trace.stop({ file: join(folder, 'missing', 'trace.json') }), { code: 'ENOENT' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is one of several, each with its own time', { timeout }, async () => {
    const pool = makePool();
    const long = pool.trace();
    await pool.run(1, { name: 'echo' });
    const short = pool.trace();
    await pool.run(1, { name: 'spin' });
    const tasks = (file) => read(file).of('b').map(({ args }) => args.task);
    assert.deepEqual(tasks(await short.stop()), ['spin']);
    await pool.run(1, { name: 'wait' });
    assert.deepEqual(tasks(await long.stop()), ['echo', 'spin', 'wait']);
    await pool.run(1, { name: 'echo' });
    assert.deepEqual(tasks(await long.stop()), ['echo', 'spin', 'wait']);
  });

  test('refuses what it does not understand', { timeout }, async () => {
    const pool = makePool();
    for (const options of [1, null, { limit: 0 }, { limit: 1.5 }, { limit: 1e9 }, { limit: '1' }]) {
      assert.throws(() => pool.trace(options), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
    }
    await assert.rejects(pool.trace().stop({ file: 1 }), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  });
});
