'use strict';

/** @type {import('./types').Scenario[]} in the order of a run */
const scenarios = [
  require('./in-flight'),
  require('./at-once'),
  require('./busy-tasks'),
  require('./transfer'),
  require('./large-buffer'),
  require('./queued'),
  require('./abort'),
  require('./start-up'),
];

/** @param {string} id */
function scenario(id) {
  const found = scenarios.find((candidate) => candidate.id === id);
  if (found === undefined) {
    throw new RangeError(`no scenario ${id}; there are ${scenarios.map((known) => known.id).join(', ')}`);
  }
  return found;
}

module.exports = { scenarios, scenario };
