'use strict';

/**
 * An addition; a task that brings a gate first says that it has begun (cell 1), then holds its
 * worker until the gate opens (cell 0).
 *
 * @param {{ a: number, b: number, gate?: Int32Array }} task
 */
module.exports = ({ a, b, gate }) => {
  if (gate !== undefined) {
    Atomics.store(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
  }
  return a + b;
};
