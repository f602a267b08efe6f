'use strict';

// A Worker in which one scene is played, its pool included.

const { refusals } = require('./refusals');

const { parentPort, workerData } = require('node:worker_threads');

const { judge } = require('./oracle');
const { saboteur } = require('./sabotage');
const { Scene } = require('./scene');
const { Sight } = require('./witness');

const { plan, index, memory, bug } = workerData;
const sight = new Sight(plan, memory);

/** @type {import('./child').Tools} */
const tools = {
  sabotage: saboteur(bug),
  refusals,
  reach: (_, at) => sight.reach(index, at),
  mark: (_, { item }, state) => sight.mark(index, item.id, state),
  stop: async () => {},
  /** Ends this Worker in the middle of all: the pool's threads have to end with it. */
  endHost (how) {
    parentPort.postMessage({ ends: how });
    if (how === 'exit') process.exit(0);
  }
};

const scene = new Scene(plan.scenes[index], tools);
scene.play().then(() => parentPort.postMessage({ failures: judge(scene) }));
