'use strict';

const { fateOf } = require('./fates');
const { isDirected } = require('./pools');
const { listenersOf } = require('./signals');

/**
 * Judges what became of a scene: each task has its own answer, or an error that the plan explains; it ran once at most,
 * and in its turn; the pool's counters say what happened; nothing is left.
 *
 * @typedef {import('./scene').Scene} Scene
 * @typedef {import('./scene').Entry} Entry
 * @typedef {{ kind: string, what: string, item?: number }} Failure
 */

/**
 * @param {Scene} scene that is over
 * @returns {Failure[]}
 */
function judge (scene) {
  return [
    ...judgeOutcomes(scene),
    ...judgeStarts(scene),
    ...judgeOrder(scene),
    ...judgePoolErrors(scene),
    ...judgeCounts(scene),
    ...judgeListeners(scene)
  ];
}

/** @param {any} error */
function describe (error) {
  if (!(error instanceof Error)) return `the value ${String(error)}`;
  const { code, message, name } = /** @type {any} */ (error);
  const cause = error.cause === undefined ? '' : `, cause: ${/** @type {any} */ (error.cause)?.message ?? error.cause}`;
  return `${name} ${code ?? ''} "${message}"${cause}`;
}

/** @param {Entry} entry */
function nameOf ({ item }) {
  return `task ${item.id} (${item.task}${item.fate === undefined ? '' : `, ${item.fate.name}`})`;
}

/**
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgeOutcomes (scene) {
  const losses = [...scene.losses, ...lossesByTasks(scene)];
  return scene.entries.flatMap((entry) => {
    const { item, outcome, problem } = entry;
    if (outcome === undefined) return { kind: 'unsettled', item: item.id, what: `${nameOf(entry)} never settled` };
    if (problem != null) return { kind: 'wrong answer', item: item.id, what: `${nameOf(entry)} ${problem}` };
    if (outcome.ok ? mayAnswer(entry) : explain(scene, entry, losses) !== null) return [];
    const what = outcome.ok ? 'was answered and could not be' : `was rejected for no reason: ${describe(outcome.error)}`;
    return { kind: outcome.ok ? 'wrong answer' : 'innocent task hurt', item: item.id, what: `${nameOf(entry)} ${what}` };
  });
}

/** @param {Entry} entry */
function mayAnswer ({ item, kind }) {
  return fateOf(item)?.answers ?? kind.check !== undefined;
}

/**
 * Why a task may have been rejected.
 *
 * @param {Scene} scene
 * @param {Entry} entry that was
 * @param {any[]} losses
 * @returns {string | null}
 */
function explain (scene, entry, losses) {
  if (failsBySelf(entry)) return 'its own doing';
  if (wasAborted(entry)) return 'it was aborted';
  if (wasRefused(entry)) return 'the queue had no room';
  if (hasEnded(scene, entry)) return 'the pool ended';
  if (hadNoThread(scene, entry)) return 'no worker lived and the system refused a thread';
  if (losses.some((loss) => hasLost(scene, entry, loss))) return 'its worker was lost';
  return null;
}

/** @param {Entry} entry */
function failsBySelf ({ item, kind, outcome: { error } }) {
  return kind.expects?.(error, item) || fateOf(item)?.expects?.(error, item.fate) || false;
}

/** @param {Entry} entry */
function wasAborted ({ abortedAt, canceller, outcome: { error }, reason }) {
  if (abortedAt === undefined || error?.code !== 'ABORT_ERR' || error.name !== 'AbortError') return false;
  return !canceller?.hasReason || error.cause === reason;
}

/** @param {Entry} entry */
function wasRefused ({ limited, outcome: { error } }) {
  return limited && /^ERR_ROCKPOOL_(TASK_QUEUE_AT_LIMIT|NO_TASK_QUEUE_AVAILABLE)$/.test(error?.code);
}

/**
 * @param {Scene} scene
 * @param {Entry} entry
 */
function hasEnded ({ spans }, { submitted, settled, outcome: { error } }) {
  return spans.some(({ kind, from, to }) => {
    if (submitted > to || settled < from) return false;
    if (submitted > from && error?.code === 'ABORT_ERR' && error.cause === 'queue is being terminated') return true;
    if (kind === 'force' && error?.code === 'ABORT_ERR' && error.cause === 'pool is closed') return true;
    return kind === 'destroy' && error?.code === 'ERR_ROCKPOOL_THREAD_TERMINATION';
  });
}

/**
 * @param {Scene} scene
 * @param {Entry} entry
 */
function hadNoThread ({ bareAt, refusedAt }, { kind, submitted, settled, threadsLeft, outcome: { error } }) {
  if (!kind.inWorker || refusedAt === null || settled < refusedAt || error?.code !== 'ERR_WORKER_INIT_FAILED') return false;
  // The next thread may have started since.
  return threadsLeft === 0 || bareAt.some((at) => at >= submitted && at < settled);
}

/**
 * The workers that were lost to one of their tasks, or to the abort of one.
 *
 * @param {Scene} scene
 */
function lossesByTasks (scene) {
  const directed = isDirected(scene.spec.pool);
  return scene.entries.flatMap((entry) => {
    const { item, kind, outcome } = entry;
    if (outcome === undefined || outcome.ok || !kind.inWorker) return [];
    const thread = scene.marks.starts(item.id) > 0 ? scene.marks.thread(item.id) : null;
    if ((kind.kills || fateOf(item)?.kills) && failsBySelf(entry)) return { at: 0, thread, like: outcome.error, by: entry };
    // A balancer of the user's may give a task with a signal company. The rest of its worker's tasks end with it.
    if (directed && wasAborted(entry)) return { at: 0, thread, code: 'ERR_ROCKPOOL_THREAD_TERMINATION', by: entry };
    return [];
  });
}

/**
 * Whether a task ended with its worker: it had started there, or was just about to, which one worker can do with as many
 * tasks at once as it has lanes.
 *
 * @param {Scene} scene
 * @param {Entry} entry
 * @param {any} loss
 */
function hasLost (scene, { item, kind, settled, outcome: { error } }, loss) {
  if (!kind.inWorker || settled < loss.at || !isLike(error, loss)) return false;
  if (scene.marks.starts(item.id) > 0) return loss.thread === null || scene.marks.thread(item.id) === loss.thread;
  loss.left ??= isDirected(scene.spec.pool) ? Infinity : scene.spec.pool.concurrentTasksPerWorker - (loss.by === undefined ? 0 : 1);
  return loss.left-- > 0;
}

/**
 * @param {any} error
 * @param {any} loss
 */
function isLike (error, { code, exitCodes, like }) {
  if (like !== undefined) return error?.code === like.code && error?.message === like.message;
  return error?.code === code && (exitCodes === undefined || exitCodes.includes(error.exitCode));
}

/**
 * What has an answer ran once, what was refused did not run, and nothing ran twice.
 *
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgeStarts (scene) {
  return scene.entries.flatMap((entry) => {
    const { item, kind, outcome } = entry;
    if (!kind.inWorker || outcome === undefined) return [];
    const starts = scene.marks.starts(item.id);
    const [least, most] = outcome.ok ? [1, 1] : [0, entry.outcome.error?.cause === 'pool is closed' || wasRefused(entry) ? 0 : 1];
    if (starts >= least && starts <= most) return [];
    return { kind: 'wrong number of runs', item: item.id, what: `${nameOf(entry)} ran ${starts} times, and not ${least === most ? most : `${least} or ${most}`}` };
  });
}

/**
 * Tasks start in the order in which they came. What is seen is not when a worker took a task but when its handler began,
 * so each other lane of the pool may have one older task that it is just about to start, and no more.
 *
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgeOrder (scene) {
  if (isDirected(scene.spec.pool)) return [];
  const { concurrentTasksPerWorker } = scene.spec.pool;
  const others = scene.maxThreads * concurrentTasksPerWorker - 1;
  const started = scene.entries
    .filter(({ item, kind }) => kind.inWorker && scene.marks.starts(item.id) === 1)
    .sort((a, b) => a.order - b.order);
  const place = new Map(started.map((entry, at) => [entry, at]));
  const done = new Uint8Array(started.length);
  let first = 0;
  for (const entry of [...started].sort((a, b) => scene.marks.order(a.item.id) - scene.marks.order(b.item.id))) {
    const at = /** @type {number} */ (place.get(entry));
    let overtaken = 0;
    for (let older = first; older < at && overtaken <= others; older++) overtaken += 1 - done[older];
    if (overtaken > others) {
      return [{ kind: 'order', item: entry.item.id, what: `${nameOf(entry)} started before more than ${others} older tasks, the first of them ${nameOf(started[first])}` }];
    }
    done[at] = 1;
    while (done[first] === 1) first++;
  }
  return [];
}

/**
 * The pool emits what it has no task to tell.
 *
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgePoolErrors (scene) {
  const causes = lossesByTasks(scene).filter(({ like }) => like !== undefined);
  return scene.poolErrors
    .filter((error) => !causes.some((loss) => isLike(error, loss)))
    .map((error) => ({ kind: 'pool error', what: `the pool emitted ${describe(error)}` }));
}

/**
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgeCounts (scene) {
  const counted = scene.entries.filter(({ kind, outcome }) => kind.counted && outcome !== undefined);
  const answered = counted.filter(({ outcome }) => outcome.ok).length;
  // Those that were turned away at the door are counted where they had gone to a queue of the user's.
  const turnedAway = counted.filter((entry) => !entry.outcome.ok && mayBeUncounted(entry)).length;
  /** @type {Failure[]} */
  const failures = [];
  const expect = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => {
    if (value >= least && value <= most) return;
    failures.push({ kind: 'counts', what: `${name} is ${value}, and not ${least === most ? least : `${least} to ${most}`}` });
  };
  for (const [when, { completed, queueSize, tasks }] of /** @type {const} */ ([['before', scene.before], ['after', scene.after]])) {
    expect(`completed ${when} the end`, completed, counted.length - turnedAway, counted.length + scene.cutShort);
    expect(`stats().tasks.succeeded ${when} the end`, tasks.succeeded, answered, answered + scene.cutShort);
    expect(`stats().tasks.unsettled ${when} the end`, tasks.unsettled, 0, 0);
    expect(`queueSize ${when} the end`, queueSize, 0, 0);
  }
  expect('threads after the end', scene.after.threads, 0, 0);
  return failures;
}

/** @param {Entry} entry that was rejected */
function mayBeUncounted (entry) {
  const { item, kind, outcome: { error } } = entry;
  if (wasRefused(entry) || error?.cause === 'queue is being terminated' || error?.code === 'ERR_WORKER_INIT_FAILED') return true;
  // A kernel that could not be launched is no task.
  return item.abort !== undefined && (item.abort.when === 'before' || !kind.inWorker);
}

/**
 * @param {Scene} scene
 * @returns {Failure[]}
 */
function judgeListeners (scene) {
  return scene.entries.flatMap((entry) => {
    const { canceller, item } = entry;
    const left = canceller === undefined ? 0 : listenersOf(canceller.signal);
    if (left === 0) return [];
    return { kind: 'leak: listeners', item: item.id, what: `${nameOf(entry)} left ${left} listeners on its signal` };
  });
}

module.exports = { judge };
