'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

/**
 * Runs tasks until the pool is idle, collects all garbage and says whether the pool still has an object of the hidden
 * class that its tasks had while they waited and once they were done. What V8 then does with optimised code hangs on
 * this alone, but also on when its compiler thread was last done, so that is no matter for a test.
 *
 * @param {{ options?: string, before?: string, then?: string }} [program] more options, and what precedes the pool and
 *   follows when it is made
 */
function keepsClass ({ options = '', before = '', then = '' } = {}) {
  const program = `
    const Piscina = require(${JSON.stringify(path.join(__dirname, '../..'))});
    const { Specimen } = require(${JSON.stringify(path.join(__dirname, '../../lib/pool/specimen'))});
    let specimen;
    const { renew } = Specimen.prototype;
    Specimen.prototype.renew = function () {
      specimen = this;
      renew.call(this);
    };
    ${before}
    const pool = new Piscina({
      filename: ${JSON.stringify(path.join(__dirname, 'fixtures/tasks.js'))}, name: 'echo', maxThreads: 1, ${options}
    });
    ${then}
    (async () => {
      // The pool looks at its results once a turn at most.
      for (let task = 0; task < 300; task++) await pool.run(task);
      let task;
      require('node:async_hooks').createHook({
        init (id, type, trigger, resource) { if (type === 'Piscina.Task') task = resource; }
      }).enable();
      const promise = pool.run(1);
      const waiting = %HaveSameMap(task, specimen.task);
      await promise;
      globalThis.gc();
      console.log(JSON.stringify({ waiting, done: %HaveSameMap(task, specimen.task) }));
      await pool.destroy();
    })();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--allow-natives-syntax', '-e', program],
    { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const kept = { waiting: true, done: true };

test('an idle pool keeps the hidden class of its tasks', { timeout: 60_000 }, () => {
  assert.deepEqual(keepsClass(), kept);
});

test('so does one with a queue of the user\'s', { timeout: 60_000 }, () => {
  assert.deepEqual(keepsClass({ options: 'taskQueue: new Piscina.FixedQueue()' }), kept);
});

for (const moment of ['before', 'then']) {
  test(`so does one with an AsyncLocalStorage from ${moment === 'before' ? 'before' : 'after'} it was made`, { timeout: 60_000 }, () => {
    assert.deepEqual(keepsClass({ [moment]: 'new (require("node:async_hooks").AsyncLocalStorage)().enterWith({});' }), kept);
  });
}

test('what keeps it is no task to those who follow asynchronous work', { timeout: 60_000 }, () => {
  const program = `
    const seen = {};
    const types = new Map();
    require('node:async_hooks').createHook({
      init (id, type) {
        if (!/Piscina.Task|rockpool/.test(type)) return;
        types.set(id, type);
        (seen[type] ??= [0, 0])[0]++;
      },
      destroy (id) { if (types.has(id)) seen[types.get(id)][1]++; }
    }).enable();
    const Piscina = require(${JSON.stringify(path.join(__dirname, '../..'))});
    const pool = new Piscina({
      filename: ${JSON.stringify(path.join(__dirname, 'fixtures/tasks.js'))}, name: 'echo', maxThreads: 1
    });
    (async () => {
      for (let task = 0; task < 300; task++) await pool.run(task);
      await pool.destroy();
      setTimeout(() => console.log(JSON.stringify(seen)), 10);
    })();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  const seen = JSON.parse(stdout);
  assert.deepEqual(seen['Piscina.Task'], [300, 300]);
  const [made, destroyed] = seen['rockpool.Specimen'];
  assert.ok(made >= 1);
  assert.equal(destroyed, made);
});
