'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { afterEach, test } = require('node:test');

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
  assert.deepEqual(stats.queue, { size: 0, limit: null, needsDrain: false });
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
  assert.deepEqual(queue, { size: 1, limit: 10, needsDrain: true });
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
