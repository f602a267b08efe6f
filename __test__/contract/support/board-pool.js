'use strict';

const path = require('node:path');
const { Board } = require('./board.js');

/**
 * A pool whose tasks are those of fixtures/board.js.
 *
 * @param {any} Pool
 * @param {object} options
 * @param {{ bootGate: number, freeBoots: number }} [slowBoot] workers after the first so many wait at a gate while they boot
 */
function boardPool (Pool, options, slowBoot) {
  const board = new Board();
  const pool = new Pool({
    filename: path.join(__dirname, '..', 'fixtures', 'board.js'),
    workerData: { memory: board.memory, boots: new SharedArrayBuffer(4), ...slowBoot },
    ...options
  });
  // What is wrong shows in the tasks; without a listener an 'error' event would end the process first.
  pool.on('error', () => {});
  return {
    board,
    pool,
    /** @param {number} id @param {object} [runOptions] */
    log: (id, runOptions) => pool.run(id, { name: 'log', ...runOptions }),
    /** @param {number} id @param {number} gate @param {object} [runOptions] */
    hold: (id, gate, runOptions) => pool.run({ id, gate }, { name: 'hold', ...runOptions }),
    /** Ends its worker, at the gate if there is one. @param {number} id @param {number} [gate] */
    exit: (id, gate) => pool.run({ id, gate }, { name: 'exit' }),
    /** @param {number} id */
    crash: (id) => pool.run(id, { name: 'crash' })
  };
}

module.exports = { boardPool };
