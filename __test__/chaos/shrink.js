'use strict';

/**
 * Finds a short plan that still fails, by delta debugging: leaves parts out, large ones first, as long as what is left
 * fails in the same way. The machine's scheduling is not in the plan, so each attempt is made several times.
 *
 * @typedef {import('./plan').Plan} Plan
 * @typedef {(plan: Plan) => Promise<string[]>} Play gives the kinds of failures that a plan leads to
 */

/**
 * @param {Plan} plan that fails
 * @param {string} kind of failure
 * @param {Play} play
 * @param {{ attempts?: number, isOver?: () => boolean, scene?: number }} [options] `scene`: the one that is suspected
 * @returns {Promise<Plan>} the shortest plan found until `isOver`
 */
async function shrink (plan, kind, play, { attempts = 3, isOver = () => false, scene } = {}) {
  const fails = async (/** @type {Plan} */ candidate) => {
    for (let attempt = 0; attempt < attempts && !isOver(); attempt++) {
      if ((await play(candidate)).includes(kind)) return true;
    }
    return false;
  };
  let best = plan;
  if (scene !== undefined && plan.scenes.length > 1) {
    const alone = { ...plan, scenes: [plan.scenes[scene]] };
    if (await fails(alone)) best = alone;
  }
  const scenes = await reduce(best.scenes, (scenes) => fails({ ...plan, scenes }), isOver);
  for (let at = 0; at < scenes.length; at++) {
    const withScene = (/** @type {any} */ changed) => ({ ...plan, scenes: scenes.with?.(at, changed) ?? scenes.map((one, i) => i === at ? changed : one) });
    const items = await reduce(scenes[at].items, (items) => fails(withScene({ ...scenes[at], items })), isOver);
    scenes[at] = { ...scenes[at], items };
    scenes[at] = await simplify(scenes[at], (changed) => fails(withScene(changed)), isOver);
  }
  return { ...plan, scenes };
}

/**
 * Leaves out of a list what can be left out (ddmin).
 *
 * @template T
 * @param {T[]} list with which it fails
 * @param {(list: T[]) => Promise<boolean>} fails
 * @param {() => boolean} isOver
 * @returns {Promise<T[]>}
 */
async function reduce (list, fails, isOver) {
  let size = Math.ceil(list.length / 2);
  while (size >= 1 && list.length > 1 && !isOver()) {
    let found = false;
    for (let at = 0; at < list.length && list.length > 1 && !isOver();) {
      const shorter = [...list.slice(0, at), ...list.slice(at + size)];
      if (shorter.length > 0 && await fails(shorter)) {
        list = shorter;
        found = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !found) break;
    if (!found || size > list.length) size = Math.min(Math.floor(size / 2), Math.ceil(list.length / 2)) || (size === 1 ? 0 : 1);
  }
  return list;
}

/**
 * Leaves out what is special about a scene: where it is played, the pool's options, what its tasks do.
 *
 * @param {any} scene
 * @param {(scene: any) => Promise<boolean>} fails
 * @param {() => boolean} isOver
 */
async function simplify (scene, fails, isOver) {
  const attempts = [
    (/** @type {any} */ now) => ({ ...now, host: 'main' }),
    ...Object.keys(scene.pool).filter((name) => name !== 'maxThreads').map((name) => (/** @type {any} */ now) => {
      const { [name]: _, ...pool } = now.pool;
      // Both limits together, or the one that is left conflicts with its default.
      return { ...now, pool: name === 'minThreads' ? { ...pool, minThreads: 1 } : pool };
    }),
    ...scene.items.flatMap((/** @type {any} */ _, /** @type {number} */ at) => ['abort', 'fate', 'name'].map((part) => (/** @type {any} */ now) => {
      const { [part]: gone, ...rest } = now.items[at];
      return gone === undefined ? null : { ...now, items: now.items.map((/** @type {any} */ item, /** @type {number} */ i) => i === at ? rest : item) };
    }))
  ];
  for (const attempt of attempts) {
    if (isOver()) break;
    const simpler = attempt(scene);
    if (simpler !== null && JSON.stringify(simpler) !== JSON.stringify(scene) && await fails(simpler)) scene = simpler;
  }
  return scene;
}

module.exports = { reduce, shrink };
