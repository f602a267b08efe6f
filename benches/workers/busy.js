'use strict';

/**
 * Keeps its worker busy for a given time by the worker's own clock, so that every contestant's
 * task is equally long on every machine.
 *
 * @param {{ milliseconds: number, id: number }} task
 */
module.exports = ({ milliseconds, id }) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return id;
};
