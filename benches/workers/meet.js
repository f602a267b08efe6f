'use strict';

/**
 * Returns when as many workers as asked for run this task at the same time: the proof that every
 * worker of a pool is up. The wait is bounded, for a pool may give one worker two tasks.
 *
 * @param {{ arrived: Int32Array, expected: number }} task
 */
module.exports = ({ arrived, expected }) => {
  const end = performance.now() + 20_000;
  let count = Atomics.add(arrived, 0, 1) + 1;
  Atomics.notify(arrived, 0);
  while (count < expected && performance.now() < end) {
    Atomics.wait(arrived, 0, count, 100);
    count = Atomics.load(arrived, 0);
  }
  return count;
};
