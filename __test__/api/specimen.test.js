'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

/**
 * A class of the beginning may live until the very last collection, and take with it what was optimised just before. So
 * one run of three has to lose nothing; without the specimen every run loses most of these functions.
 *
 * @param {string} then
 */
function leastDeadCode (then) {
  let dead = deadCode(then);
  for (let attempt = 0; attempt < 2 && dead.length > 0; attempt++) dead = deadCode(then);
  return dead;
}

/**
 * Runs a program that works a pool hard, lets it go idle and collects all garbage, and lists the functions of the pool
 * whose optimised code was thrown away because a class that it names had died.
 *
 * @param {string} then what follows when the pool is made
 */
function deadCode (then) {
  const program = `
    const Piscina = require(${JSON.stringify(path.join(__dirname, '../..'))});
    const pool = new Piscina({
      filename: ${JSON.stringify(path.join(__dirname, 'fixtures/tasks.js'))}, name: 'echo', maxThreads: 1
    });
    ${then}
    const work = async () => {
      for (let burst = 0; burst < 80; burst++) {
        await Promise.all(Array.from({ length: 1000 }, (_, index) => pool.run(index)));
      }
    };
    (async () => {
      for (let round = 0; round < 4; round++) {
        await work();
        // Classes of the start that are not in use any more may die now.
        globalThis.gc();
      }
      await work();
      console.log('from here on');
      globalThis.gc();
      await pool.destroy();
    })();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--trace-opt', '--trace-deopt', '-e', program],
    { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /completed optimizing .*<JSFunction readOne/, 'there is optimised code to lose');
  return stdout.slice(stdout.indexOf('from here on')).split('\n').filter((line) => line.includes('weak objects'))
    .map((line) => /SharedFunctionInfo ([\w.]+)/.exec(line)?.[1])
    .filter((name) => ['run', 'readOne', 'complete', 'settle', 'submit', 'Task', 'enter'].includes(String(name)));
}

test('an idle pool keeps its optimised code over a garbage collection', { timeout: 180_000 }, () => {
  assert.deepEqual(leastDeadCode(''), []);
});

test('so it does with an AsyncLocalStorage that comes into use late', { timeout: 180_000 }, () => {
  assert.deepEqual(leastDeadCode('new (require("node:async_hooks").AsyncLocalStorage)().enterWith({});'), []);
});

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
