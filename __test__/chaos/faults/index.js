'use strict';

/**
 * The kinds of faults that a plan is made of. A new one joins with one more entry in one of these files. What a fault
 * allows to happen it writes into the scene's `losses` and `spans`, which the oracle reads.
 *
 * @typedef {object} FaultKind
 * @property {string} name
 * @property {number} weight how often it is planned, beside the others
 * @property {(scene: { host: string, pool: any }) => boolean} [suits] whether it is planned for such a scene
 * @property {(random: import('../random').Random, spec: any) => object} [make] what else the plan says of it
 * @property {(scene: import('../scene').Scene, item: any) => any} apply
 */

/** @type {FaultKind[]} */
const kinds = [...require('./workers'), ...require('./pools'), ...require('./threads')];

const byName = new Map(kinds.map((kind) => [kind.name, kind]));

module.exports = { kinds, faultOf: (/** @type {{ fault: string }} */ { fault }) => /** @type {FaultKind} */ (byName.get(fault)) };
