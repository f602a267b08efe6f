'use strict';

/**
 * The kinds of tasks that a plan is made of. A new capability joins with one more entry in one of these files.
 *
 * @typedef {object} TaskKind
 * @property {string} name
 * @property {number} weight how often it is planned, beside the others
 * @property {(random: import('../random').Random) => object} [make] what else the plan says of it
 * @property {(scene: import('../scene').Scene, item: any, options: any, entry: any) => Promise<any>} start
 * @property {(item: any, value: any, entry: any) => string | null} [check] what is wrong with its answer
 * @property {(error: any, item: any) => boolean} [expects] whether it fails like this by itself
 * @property {(error: any, item: any, entry: any) => string | null} [returns] whether a failure gives back what was lent
 * @property {(entry: any) => void} [release] called when it has settled and was checked
 * @property {boolean} [inWorker] a worker runs it
 * @property {boolean} [plain] its handler has no fate
 * @property {boolean} [kills] it takes its worker with it
 * @property {boolean} [counted] it is a task of the pool, and in its counters
 */

/** @type {TaskKind[]} */
const kinds = [...require('./in-workers'), ...require('./kernels')];

const byName = new Map(kinds.map((kind) => [kind.name, kind]));

module.exports = { kinds, kindOf: (/** @type {{ task: string }} */ { task }) => /** @type {TaskKind} */ (byName.get(task)) };
