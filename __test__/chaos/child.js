'use strict';

// One process of the driver: plays a plan, and reports on standard output what the oracle finds. Started by run.js.
//
//   node --expose-gc child.js PLAN.json HANG-LIMIT [BUG]

const { refusals } = require('./refusals');

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

const leaks = require('./leaks');
const { judge } = require('./oracle');
const { saboteur } = require('./sabotage');
const { Scene } = require('./scene');
const { turn } = require('./turns');
const { watch } = require('./witness');

/** Scenes that are played at the same time: what is done to one pool must not be felt by another. */
const STAGES = 2;

/**
 * What a scene gets from where it is played.
 *
 * @typedef {object} Tools
 * @property {(pool: any) => any} sabotage
 * @property {(scene: Scene, at: number) => void} reach
 * @property {(scene: Scene, entry: any, state: 'unsettled' | 'settled') => void} mark
 * @property {(ms: number) => Promise<void>} stop
 * @property {WeakMap<SharedArrayBuffer, { left: number, refused: () => void }>} refusals threads that are refused from now on
 * @property {(how: string) => any} endHost
 */

/**
 * @param {import('./witness').Sight} sight
 * @param {number} index of the scene
 * @returns {Pick<Tools, 'reach' | 'mark'>}
 */
function seenBy (sight, index) {
  return {
    reach: (_, at) => sight.reach(index, at),
    mark: (_, { item }, state) => sight.mark(index, item.id, state)
  };
}

/**
 * Asks the parent, who started this process, to stop it for a while.
 *
 * @param {number} ms
 * @returns {Promise<void>}
 */
function stop (ms) {
  return new Promise((resolve) => {
    process.once('message', () => {
      process.channel?.unref();
      resolve();
    });
    process.send?.({ stop: ms });
  });
}

/**
 * @param {any} spec
 * @param {Tools} tools
 */
async function playHere (spec, tools) {
  const scene = new Scene(spec, tools);
  await scene.play();
  return judge(scene);
}

/**
 * Plays a scene in a Worker: all of it, with the pool.
 *
 * @param {any} spec
 * @param {number} index
 * @param {import('./witness').Sight} sight
 * @param {any} plan
 * @param {string | null} bug
 * @returns {Promise<import('./oracle').Failure[]>}
 */
function playInWorker (spec, index, sight, plan, bug) {
  const host = new Worker(join(__dirname, 'host.js'), { workerData: { plan, index, memory: sight.memory, bug } });
  return new Promise((resolve) => {
    /** @type {import('./oracle').Failure[] | null} */
    let failures = null;
    let told = false;
    host.on('message', (message) => {
      if (message.ends !== undefined) {
        told = true;
        if (message.ends === 'terminate') host.terminate();
      } else {
        failures = message.failures;
      }
    });
    host.on('error', (error) => { failures = [{ kind: 'crash', what: `its Worker died of ${error?.stack ?? error}` }]; });
    host.on('exit', (code) => {
      sight.reach(index, spec.items.length);
      if (told) sight.forget(index);
      resolve(failures ?? (told ? [] : [{ kind: 'crash', what: `its Worker ended with ${code}` }]));
    });
  });
}

/** What a process has for ever once it was used: the kernel threads, and whatever Node keeps. */
async function warmUp () {
  const { Piscina, kernels } = require('../..');
  await kernels.blake3(new Uint8Array(1 << 20));
  await kernels.map('sha256', [new Uint8Array(100), new Uint8Array(100)]);
  const pool = new Piscina({ filename: join(__dirname, 'worker', 'echo.js'), minThreads: 1 });
  await pool.run(1);
  await pool.close();
  await turn();
}

async function main () {
  const [file, limit, bug = null] = process.argv.slice(2);
  const plan = JSON.parse(readFileSync(file, 'utf8'));
  /** @type {any[]} */
  const failures = [];
  process.on('unhandledRejection', (error) => {
    failures.push({ kind: 'unhandled rejection', what: String(/** @type {any} */ (error)?.stack ?? error) });
  });
  process.on('uncaughtException', (error) => {
    failures.push({ kind: 'uncaught exception', what: String(error?.stack ?? error) });
  });
  process.channel?.unref();
  // A task that never settles is to be found as a hang: without this the process would end.
  const alive = setInterval(() => {}, 1000);
  // First, so that it also finds what hangs before the plan begins.
  const { sight, stop: stopWitness } = await watch(plan, Number(limit));
  await warmUp();
  await turn();
  const before = leaks.take();

  let next = 0;
  async function playNext () {
    while (next < plan.scenes.length) {
      const index = next++;
      const spec = plan.scenes[index];
      const tools = { ...seenBy(sight, index), sabotage: saboteur(bug), refusals, stop, endHost () {} };
      const found = spec.host === 'worker'
        ? await playInWorker(spec, index, sight, plan, bug)
        : await playHere(spec, tools);
      failures.push(...found.map((failure) => ({ scene: index, ...failure })));
    }
  }
  await Promise.all(Array.from({ length: STAGES }, playNext));

  const isAlive = () => { if (plan.scenes.length > 0) sight.reach(0, plan.scenes[0].items.length); };
  failures.push(...await leaks.findLeaks(before, isAlive));
  await stopWitness();
  clearInterval(alive);
  console.log(JSON.stringify({ chaos: 'end', failures }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
