'use strict';

// A thread of the driver's process that looks on. It finds out that nothing happens any more, also when the main thread
// stands still, says which tasks are unsettled, and ends the process.

const { writeSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

/** Milliseconds between two looks. Looks are counted, not time: they stop with a machine that stands still. */
const BEAT = 250;

const HEAD = 2;
const BEATS = 0;
const STEPS = 1;

const UNSETTLED = 1;
const SETTLED = 2;

/**
 * What the witness sees: one byte for each item of the plan, one word for the place that each scene has reached, and a
 * word that changes with whatever happens.
 */
class Sight {
  /**
   * @param {any} plan
   * @param {SharedArrayBuffer} [memory]
   */
  constructor (plan, memory) {
    const items = plan.scenes.reduce((sum, scene) => sum + scene.items.length, 0);
    this.starts = [];
    let start = 0;
    for (const scene of plan.scenes) {
      this.starts.push(start);
      start += scene.items.length;
    }
    const words = HEAD + plan.scenes.length;
    this.memory = memory ?? new SharedArrayBuffer(words * 4 + items);
    this.words = new Int32Array(this.memory, 0, words);
    this.states = new Uint8Array(this.memory, words * 4);
    this.places = plan.scenes.map(({ items }) => new Map(items.map(({ id }, at) => [id, at])));
  }

  /** The main thread turns. */
  beat () {
    Atomics.add(this.words, BEATS, 1);
  }

  /**
   * A scene goes on to its next item.
   *
   * @param {number} scene
   * @param {number} at
   */
  reach (scene, at) {
    Atomics.store(this.words, HEAD + scene, at);
    Atomics.add(this.words, STEPS, 1);
  }

  /**
   * @param {number} scene
   * @param {number} id
   * @param {'unsettled' | 'settled'} state
   */
  mark (scene, id, state) {
    const at = this.places[scene].get(id);
    if (at !== undefined) this.states[this.starts[scene] + at] = state === 'settled' ? SETTLED : UNSETTLED;
    Atomics.add(this.words, STEPS, 1);
  }

  /**
   * Nobody will hear of this scene's tasks any more.
   *
   * @param {number} scene
   */
  forget (scene) {
    this.states.fill(0, this.starts[scene], this.starts[scene] + this.places[scene].size);
  }

  /** @param {any} plan */
  describe (plan) {
    return plan.scenes.flatMap(({ items }, scene) => {
      const unsettled = items.filter((_, at) => this.states[this.starts[scene] + at] === UNSETTLED).map(({ id }) => id);
      const at = Atomics.load(this.words, HEAD + scene);
      const isOver = at >= items.length && unsettled.length === 0;
      return isOver || (at === 0 && unsettled.length === 0) ? [] : { scene, at, item: items[at] ?? 'the end', unsettled };
    });
  }
}

/**
 * Starts the witness; fulfilled when it looks.
 *
 * @param {any} plan
 * @param {number} limit milliseconds without anything new that are called a hang
 */
async function watch (plan, limit) {
  const sight = new Sight(plan);
  const worker = new Worker(__filename, { workerData: { plan, limit, memory: sight.memory } });
  await new Promise((resolve) => { worker.once('message', resolve); });
  worker.unref();
  const beats = setInterval(() => sight.beat(), BEAT);
  beats.unref();
  return { sight, worker, stop: () => { clearInterval(beats); return worker.terminate(); } };
}

function look () {
  parentPort?.postMessage('looks');
  const { plan, limit, memory } = workerData;
  const sight = new Sight(plan, memory);
  let quiet = 0;
  let steps = -1;
  let beats = -1;
  setInterval(() => {
    const now = Atomics.load(sight.words, STEPS);
    quiet = now === steps ? quiet + 1 : 0;
    if (quiet === 0) beats = Atomics.load(sight.words, BEATS);
    steps = now;
    if (quiet * BEAT < limit) return;
    const mainThread = Atomics.load(sight.words, BEATS) - beats < 2 ? 'stands still' : 'turns';
    writeSync(1, `${JSON.stringify({ chaos: 'hang', mainThread, scenes: sight.describe(plan) })}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, BEAT);
}

if (!isMainThread && workerData?.limit !== undefined) look();

module.exports = { Sight, watch };
