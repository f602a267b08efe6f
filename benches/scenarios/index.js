'use strict';

/** @typedef {import('./types').Scenario<any, any, any>} Scenario */

/** In the order of a run. @type {{ pool: Scenario[], kernels: Scenario[] }} */
const parts = {
  pool: [
    require('./in-flight'),
    require('./at-once'),
    require('./busy-tasks'),
    require('./beside'),
    require('./transfer'),
    require('./large-buffer'),
    require('./queued'),
    require('./abort'),
    require('./start-up'),
    require('./warm-up'),
    require('./scaling')
  ],
  kernels: [
    require('./kernels/hash'),
    require('./kernels/encryption'),
    require('./kernels/compression'),
    require('./kernels/image'),
    require('./kernels/vector'),
    require('./kernels/sort'),
    require('./kernels/scan'),
    require('./kernels/hop'),
    require('./kernels/hand-over'),
    require('./kernels/priorities'),
    require('./kernels/threads'),
    require('./kernels/event-loop')
  ]
};

const scenarios = [...parts.pool, ...parts.kernels];

/** @param {string} id */
function scenario (id) {
  const found = scenarios.find((candidate) => candidate.id === id);
  if (found === undefined) {
    const known = [...Object.keys(parts), ...scenarios.map((known) => known.id)].join(', ');
    throw new RangeError(`no scenario ${id}; there are ${known}`);
  }
  return found;
}

/**
 * @param {string} name of a scenario, or of a part: `pool`, `kernels`
 * @returns {string[]} ids of scenarios
 */
function scenariosNamed (name) {
  if (name === 'pool' || name === 'kernels') {
    return parts[name].map(({ id }) => id);
  }
  return [scenario(name).id];
}

module.exports = { scenarios, scenario, scenariosNamed };
