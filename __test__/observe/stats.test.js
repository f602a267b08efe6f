'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { afterEach, describe, test } = require('node:test');

const { Piscina } = require('../..');
const { parseOpenMetrics } = require('./open-metrics');

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

test('a new pool: nothing has happened, and JSON carries all of it', { timeout }, () => {
  const stats = makePool({ minThreads: 2, maxThreads: 3 }).stats();
  assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
  const { total, starting, idle, busy, min, max, created, threads } = stats.workers;
  assert.deepEqual([total, starting, idle, busy, min, max, created], [2, 2, 0, 0, 2, 3, 2]);
  assert.deepEqual(threads.map(({ state, tasks }) => [state, tasks]), [['starting', 0], ['starting', 0]]);
  assert.deepEqual(stats.queue, { size: 0, limit: null, needsDrain: false, snapshotBytes: 0 });
  assert.deepEqual(stats.tasks, { unsettled: 0, completed: 0, succeeded: 0, failed: 0, aborted: 0 });
  assert.deepEqual([stats.waitTime.count, stats.waitTime.sum, stats.waitTime.mean, stats.waitTime.p99], [0, 0, null, null]);
  assert.equal(stats.utilization, 0);
  assert.ok(stats.memory.rss > 1e6 && stats.age > 0);
});

test('tasks are counted by outcome, Workers by what they do', { timeout }, async () => {
  const pool = makePool({ maxQueue: 10 });
  await pool.run(1, { name: 'echo' });
  await assert.rejects(pool.run(null, { name: 'fail' }));
  const controller = new AbortController();
  const never = pool.run(null, { name: 'never', signal: controller.signal });
  const waits = pool.run(2, { name: 'echo' });
  while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
  const { queue, tasks, workers } = pool.stats();
  assert.deepEqual(queue, { size: 1, limit: 10, needsDrain: true, snapshotBytes: 0 });
  assert.deepEqual(tasks, { unsettled: 2, completed: 2, succeeded: 1, failed: 1, aborted: 0 });
  assert.deepEqual(workers.threads, [{ id: pool.threads[0].threadId, state: 'busy', tasks: 1 }]);
  controller.abort();
  await assert.rejects(never);
  await waits;
  const after = pool.stats();
  assert.deepEqual(after.tasks, { unsettled: 0, completed: 4, succeeded: 2, failed: 1, aborted: 1 });
  assert.deepEqual([after.workers.created, after.workers.idle], [2, 1]);
  // The aborted one has no times.
  assert.equal(after.runTime.count, 3);
  assert.ok(after.runTime.p50 <= after.runTime.max && Math.abs(after.runTime.mean * 3 - after.runTime.sum) < 1e-6);
});

test('what cannot be cloned has failed, and so has a handler that throws an AbortError of its own', { timeout }, async () => {
  const pool = makePool();
  await assert.rejects(pool.run(() => {}, { name: 'echo' }), { name: 'DataCloneError' });
  await assert.rejects(pool.run(null, { name: 'abort' }), { name: 'AbortError' });
  assert.deepEqual(pool.stats().tasks, { unsettled: 0, completed: 2, succeeded: 0, failed: 2, aborted: 0 });
});

test('what close({ force: true }) rejects counts as aborted', { timeout }, async () => {
  const pool = makePool();
  const tasks = [1, 2, 3].map((n) => pool.run(n, { name: 'echo' }));
  await Promise.allSettled([...tasks, pool.close({ force: true })]);
  const { completed, succeeded, failed, aborted } = pool.stats().tasks;
  assert.deepEqual([completed, failed, succeeded + aborted], [3, 0, 3]);
  assert.ok(aborted >= 1);
});

describe('values that wait with a copy of their own are counted', () => {
  const MiB = 1 << 20;
  const ways = {
    'a buffer': () => ({ value: new Uint8Array(4 * MiB), size: 4 * MiB }),
    'a part of a buffer': () => ({ value: new Uint8Array(4 * MiB).subarray(5, 6), size: 4 * MiB }),
    'one buffer twice in a value': () => {
      const bytes = new Uint8Array(MiB);
      return { value: new Map([['list', [bytes, bytes, new DataView(bytes.buffer)]]]), size: MiB };
    },
    'what is transferred': () => {
      const { port1, port2 } = new MessageChannel();
      port2.unref();
      const bytes = new Uint8Array(MiB);
      return { value: { bytes, port1 }, transferList: [bytes.buffer, port1], size: MiB };
    },
    'what is moved': () => ({ value: Piscina.move(new Uint8Array(MiB)), size: MiB }),
    'a long text': () => ({ value: { text: 'x'.repeat(MiB) }, size: MiB }),
    'a long list': () => ({ value: Array.from({ length: MiB }, () => 0.5), size: 8 * MiB }),
    'very many parts': () => ({ value: Array.from({ length: 100_000 }, (_, n) => ({ n })), size: 800_000 }),
    'a deep nest': () => {
      let value = { bytes: new Uint8Array(MiB) };
      for (let depth = 0; depth < 500; depth++) value = { value };
      return { value, size: MiB };
    },
    'shared memory: not at all': () => ({ value: new Uint8Array(new SharedArrayBuffer(4 * MiB)), size: 0 }),
    'a small value: not at all': () => ({ value: { n: 1 }, size: 0 })
  };

  for (const [kind, options] of Object.entries({
    'a pool': {},
    'a pool with a queue of its own': { taskQueue: new Piscina.ArrayTaskQueue() },
    'a pool with a load balancer': { loadBalancer: (_, workers) => workers.find(({ currentUsage }) => currentUsage === 0) }
  })) {
    for (const [name, make] of Object.entries(ways)) {
      // Such pools keep small values in the user's queue, too.
      if (kind !== 'a pool' && name.includes('not at all')) continue;
      test(`${kind}: ${name}`, { timeout }, async () => {
        const pool = makePool(options);
        const blocker = new AbortController();
        const never = pool.run(null, { name: 'never', signal: blocker.signal });
        while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
        const tasks = [1, 2, 3].map(() => {
          const { value, transferList } = make();
          return pool.run(value, { name: 'ignore', transferList });
        });
        const { snapshotBytes } = pool.stats().queue;
        const wanted = 3 * make().size;
        assert.ok(snapshotBytes >= wanted && snapshotBytes < wanted * 1.2 + 100_000, `${snapshotBytes}, not ${wanted}`);
        blocker.abort();
        await assert.rejects(never);
        await Promise.all(tasks);
        assert.equal(pool.stats().queue.snapshotBytes, 0);
      });
    }

    test(`${kind}: not those that were aborted, refused or lost`, { timeout }, async () => {
      const pool = makePool({ ...options, maxQueue: 3 });
      const never = pool.run(null, { name: 'never' });
      while (pool.stats().workers.busy === 0) await new Promise(setImmediate);
      const controller = new AbortController();
      const { signal } = controller;
      const bytes = new Uint8Array(MiB);
      const aborted = pool.run(bytes, { name: 'ignore', signal });
      // It is aborted while it is copied.
      const own = new AbortController();
      const value = { bytes, get late () { own.abort(); return 1; } };
      const abortedInside = pool.run(value, { name: 'ignore', signal: own.signal });
      const uncloneable = pool.run({ bytes, fail () {} }, { name: 'ignore' });
      const waits = pool.run(bytes, { name: 'ignore' });
      const also = pool.run(bytes, { name: 'ignore' });
      const refused = pool.run(bytes, { name: 'ignore' });
      assert.equal(Math.round(pool.stats().queue.snapshotBytes / MiB), 3);
      controller.abort();
      assert.equal(Math.round(pool.stats().queue.snapshotBytes / MiB), 2);
      const families = parseOpenMetrics(pool.metrics());
      assert.equal(families.get('rockpool_queue_snapshots_bytes').samples[0].value, pool.stats().queue.snapshotBytes);
      const outcomes = Promise.allSettled([never, aborted, abortedInside, uncloneable, waits, also, refused]);
      await pool.destroy();
      assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
      assert.equal(pool.stats().queue.snapshotBytes, 0);
    });
  }
});

test('without recordTiming there are no times', { timeout }, async () => {
  const pool = makePool({ recordTiming: false });
  await pool.run(1, { name: 'echo' });
  const { waitTime, runTime, utilization } = pool.stats();
  assert.deepEqual([waitTime, runTime, utilization], [null, null, null]);
  assert.ok(!pool.metrics().includes('seconds_sum'));
});

test('kernels are counted, of a pool or not', { timeout }, async () => {
  const pool = makePool();
  const before = pool.stats().kernels;
  const [own] = await Promise.allSettled([
    pool.kernel('blake3', new Uint8Array(10)),
    Piscina.kernels.blake3(new Uint8Array(10)),
    pool.kernel('blake3', new Uint8Array(10), { key: new Uint8Array(1) })
  ]);
  assert.equal(own.status, 'fulfilled');
  const { kernels, tasks } = pool.stats();
  assert.equal(kernels.threads, Piscina.kernels.threads());
  assert.deepEqual([kernels.calls - before.calls, kernels.inFlight, kernels.failed - before.failed], [2, 0, 0]);
  assert.equal(tasks.completed, 1);
});

test('metrics are OpenMetrics and say what stats() says', { timeout }, async () => {
  const pool = makePool({ maxQueue: 5 });
  await Promise.all([1, 2, 3].map((n) => pool.run(n, { name: 'echo' })));
  await assert.rejects(pool.run(null, { name: 'fail' }));
  const stats = pool.stats();
  const families = parseOpenMetrics(pool.metrics());
  const value = (name, labels = {}) => {
    const samples = [...families.values()].flatMap((family) => family.samples);
    const found = samples.filter((sample) => sample.name === name &&
      Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted));
    assert.equal(found.length, 1, name);
    return found[0].value;
  };
  assert.equal(value('rockpool_tasks_total', { outcome: 'succeeded' }), 3);
  assert.equal(value('rockpool_tasks_total', { outcome: 'failed' }), 1);
  assert.equal(value('rockpool_tasks_total', { outcome: 'aborted' }), 0);
  assert.equal(value('rockpool_queue_limit_tasks'), 5);
  assert.equal(value('rockpool_workers', { state: 'idle' }), stats.workers.idle);
  assert.equal(value('rockpool_task_run_seconds_count'), 4);
  assert.ok(Math.abs(value('rockpool_task_run_seconds', { quantile: '0.5' }) - stats.runTime.p50 / 1e3) < 1e-9);
  assert.ok(Math.abs(value('rockpool_task_wait_seconds_sum') - stats.waitTime.sum / 1e3) < 1e-9);
  assert.equal(value('rockpool_build_info', { version: Piscina.version }), 1);
});

test('several pools make one text, told apart by their names', { timeout }, async () => {
  const text = Piscina.metrics({ 'the "one"\\': makePool(), two: makePool({ maxThreads: 4 }) });
  const { samples } = parseOpenMetrics(text).get('rockpool_workers_max');
  assert.deepEqual(samples.map(({ labels, value }) => [labels.pool, value]), [['the "one"\\', 1], ['two', 4]]);
  assert.throws(() => Piscina.metrics(null), { code: 'ERR_ROCKPOOL_INVALID_ARGUMENT' });
  assert.equal(Piscina.metrics({}), '# EOF\n');
});

test('the parser of these tests finds what is wrong', () => {
  const good = '# TYPE a counter\n# HELP a Text.\na_total{x="1"} 1\n# EOF\n';
  parseOpenMetrics(good);
  for (const bad of [
    good.replace('# EOF\n', ''),
    good.replace('a_total', 'a'),
    good.replace('x="1"', 'x=1'),
    good.replace('} 1', '} one'),
    good.replace('\n# EOF', '\na_total{x="1"} 2\n# EOF'),
    good.replace('# TYPE a counter\n', ''),
    good.replace('# HELP', '# UNIT a seconds\n# HELP'),
    good.replace('\n# EOF', '\n\n# EOF'),
    `# TYPE b gauge\nb 1\n${good}`.replace('# EOF', 'b{x="2"} 1\n# EOF'),
    good.replace('} 1', '} -1')
  ]) assert.throws(() => parseOpenMetrics(bad), bad);
});
