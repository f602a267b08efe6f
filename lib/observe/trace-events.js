'use strict';

const { basename } = require('node:path');
const { threadId: ownThreadId } = require('node:worker_threads');

const { aheadOf } = require('../clock');
const { process } = require('../host');

/**
 * A trace in the Trace Event Format, which Perfetto and chrome://tracing read: a row for each thread, which are
 * `tid`s, with times in microseconds on the clock of `process.hrtime()`, as Node's own traces have them.
 *
 * @typedef {import('./task-record').TaskRecord} TaskRecord
 * @typedef {import('./trace').WorkerEvent} WorkerEvent
 * @typedef {import('../native/index.js').KernelSteps} KernelSteps
 * @typedef {import('../../index').TraceEvent} TraceEvent
 *
 * @typedef {object} Recorded All times by `performance.now()`.
 * @property {number} since
 * @property {number} until
 * @property {TaskRecord[]} tasks
 * @property {WorkerEvent[]} workers
 * @property {number[]} present The Workers that were there when it began.
 * @property {KernelSteps | null} steps
 * @property {number} lost Older tasks that are not here.
 */

/** Rows beyond the first of a Worker that runs several tasks at a time: slices of one row must not overlap. */
const LANE = 1_000_000;

/** The rows of the kernel threads: no Worker has such a number. */
const KERNELS = 900_000;

/** Points of the counter of waiting tasks. */
const POINTS = 2_000;

class Writer {
  constructor () {
    /** @type {TraceEvent[]} */
    this.events = [];
    this.pid = process.pid;
    /** Microseconds from `performance.now()` to the clock of `process.hrtime()`. */
    this.offset = aheadOf(() => Number(process.hrtime.bigint()) / 1e6) * 1e3;
    /** @type {Map<number, string>} Names of rows. */
    this.rows = new Map();
  }

  /**
   * @param {string} ph
   * @param {string} name
   * @param {number} tid
   * @param {number} at in milliseconds by `performance.now()`
   * @param {object} [more]
   */
  add (ph, name, tid, at, more) {
    this.events.push({ ph, name, cat: 'rockpool', pid: this.pid, tid, ts: round(at * 1e3 + this.offset), ...more });
  }

  /**
   * @param {string} name
   * @param {number} tid
   * @param {number} from
   * @param {number} to
   * @param {object} args
   */
  slice (name, tid, from, to, args) {
    // Both ends are rounded alike: what follows it without a gap must not begin before its end.
    const dur = round(to * 1e3 + this.offset) - round(from * 1e3 + this.offset);
    this.add('X', name, tid, from, { dur: round(Math.max(dur, 0)), args });
  }

  /**
   * A slice that may overlap others of its row.
   *
   * @param {string} name
   * @param {number} id
   * @param {number} from
   * @param {number} to
   * @param {object} args
   */
  span (name, id, from, to, args) {
    const key = { id: `0x${id.toString(16)}`, cat: `rockpool,${name}` };
    this.add('b', name, ownThreadId, from, { ...key, args });
    this.add('e', name, ownThreadId, Math.max(from, to), key);
  }

  /** @returns {TraceEvent[]} the names of the rows and their order */
  metadata () {
    const say = (/** @type {string} */ name, /** @type {number} */ tid, /** @type {object} */ args) =>
      ({ ph: 'M', name, cat: '__metadata', pid: this.pid, tid, ts: 0, args });
    const rows = [...this.rows].sort(([a], [b]) => orderOf(a) - orderOf(b));
    return [
      say('process_name', ownThreadId, { name: 'rockpool' }),
      ...rows.flatMap(([tid, name], index) => [
        say('thread_name', tid, { name }),
        say('thread_sort_index', tid, { sort_index: index })
      ])
    ];
  }
}

/** @param {number} microseconds */
const round = (microseconds) => Math.round(microseconds * 1e3) / 1e3;

/**
 * The thread of the pool first, then Workers with their lanes, then kernel threads.
 *
 * @param {number} tid
 */
function orderOf (tid) {
  if (tid === ownThreadId) return -1;
  if (tid >= KERNELS && tid < LANE) return Number.MAX_SAFE_INTEGER - LANE + tid;
  return (tid % LANE) * 1e6 + Math.floor(tid / LANE);
}

/**
 * Gives the tasks of each Worker rows on which they do not overlap.
 *
 * @param {TaskRecord[]} tasks in the order of their starts
 * @param {number} until
 * @returns {Map<TaskRecord, number>}
 */
function rowsOf (tasks, until) {
  /** @type {Map<number, number[]>} By Worker: when each of its lanes is free again. */
  const lanes = new Map();
  const rows = new Map();
  for (const task of tasks) {
    if (task.threadId === null || task.started === null) continue;
    const ends = lanes.get(task.threadId) ?? [];
    lanes.set(task.threadId, ends);
    const started = task.started;
    // Two tasks that follow each other may meet in a rounding.
    const free = ends.findIndex((end) => end <= started + 1e-4);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = endOf(task, until);
    rows.set(task, task.threadId + lane * LANE);
  }
  return rows;
}

/**
 * When a task was over, on the thread that ran it.
 *
 * @param {TaskRecord} task
 * @param {number} until
 */
const endOf = (task, until) => task.ended ?? task.settled ?? until;

/** @param {TaskRecord} task */
function labelOf ({ filename, name, kernel }) {
  if (kernel !== null) return kernel;
  return name === null || name === 'default' ? basename(filename ?? 'task') : name;
}

/**
 * @param {Writer} writer
 * @param {TaskRecord} task
 * @param {number | undefined} row
 * @param {number} until
 */
function writeTask (writer, task, row, until) {
  const { id, filename, name, kernel, created, started, ended, settled, outcome, failure } = task;
  const label = labelOf(task);
  const args = {
    id,
    ...(kernel === null ? { filename, name } : { kernel }),
    outcome: outcome ?? 'unfinished',
    ...(failure !== null && { failure }),
    ...(started !== null && { waited_us: round((started - created) * 1e3) }),
    ...(ended !== null && settled !== null && { settled_after_us: round((settled - ended) * 1e3) })
  };
  const end = endOf(task, until);
  writer.span('waiting', id, created, started ?? end, { task: label, id });
  if (row !== undefined && started !== null) writer.slice(label, row, started, end, args);
  // A kernel has no thread of its own: the rows of those show its steps.
  if (kernel !== null && started !== null) writer.span('kernel', id, started, end, args);
  if (outcome === 'failed' || outcome === 'aborted') {
    writer.add('i', `${outcome}: ${label}`, row ?? ownThreadId, outcome === 'aborted' ? settled ?? end : end, { s: 't', args });
  }
}

/**
 * @param {Writer} writer
 * @param {Recorded} recorded
 * @param {Map<number, number>} firstStarts By Worker, when its first task has started.
 */
function writeWorkers (writer, { workers, since, until, present }, firstStarts) {
  /** @type {Map<number, number>} When they were made. */
  const starting = new Map();
  for (const threadId of present) writer.rows.set(threadId, `Worker ${threadId}`);
  for (const { event, threadId, at } of workers) {
    writer.rows.set(threadId, `Worker ${threadId}`);
    if (event === 'workerCreate') {
      starting.set(threadId, at);
    } else if (event === 'workerReady') {
      const from = starting.get(threadId);
      if (from !== undefined || present.includes(threadId)) {
        // The pool hears of it a little later, when the first task may run.
        writer.slice('start', threadId, from ?? since, Math.min(at, firstStarts.get(threadId) ?? at), { threadId });
      }
      starting.delete(threadId);
    } else {
      starting.delete(threadId);
      writer.add('i', 'exit', threadId, at, { s: 't', args: { threadId } });
    }
  }
  for (const [threadId, from] of starting) writer.slice('start', threadId, from, until, { threadId });
}

/**
 * @param {Writer} writer
 * @param {KernelSteps | null} steps
 */
function writeSteps (writer, steps) {
  if (steps === null) return;
  const { kernels, threads, began, ended } = steps;
  kernels.forEach((kernel, at) => {
    writer.rows.set(KERNELS + threads[at], `kernel thread ${threads[at]}`);
    writer.slice(kernel, KERNELS + threads[at], began[at], ended[at], {});
  });
}

/**
 * How many of the recorded tasks waited, over time.
 *
 * @param {Writer} writer
 * @param {Recorded} recorded
 */
function writeQueue (writer, { tasks, since, until }) {
  const changes = tasks.flatMap((task) => [
    { at: task.created, by: 1 },
    { at: task.started ?? endOf(task, until), by: -1 }
  ]);
  changes.sort((a, b) => a.at - b.at || b.by - a.by);
  const least = (until - since) / POINTS;
  let waiting = 0;
  let last = -Infinity;
  changes.forEach(({ at, by }, index) => {
    waiting += by;
    const next = changes[index + 1]?.at ?? Infinity;
    // Of changes that are close together, the last counts.
    if (next - last < least || next === at) return;
    last = at;
    writer.add('C', 'waiting tasks', ownThreadId, at, { args: { waiting } });
  });
}

/**
 * @param {Recorded} recorded
 * @returns {import('../../index').TraceFile}
 */
function toTraceEvents (recorded) {
  const { tasks, until, steps, lost } = recorded;
  const writer = new Writer();
  writer.rows.set(ownThreadId, ownThreadId === 0 ? 'main thread' : `thread ${ownThreadId}, which has the pool`);
  const started = tasks.filter((task) => task.started !== null);
  started.sort((a, b) => /** @type {number} */ (a.started) - /** @type {number} */ (b.started));
  /** @type {Map<number, number>} */
  const firstStarts = new Map();
  for (const task of [...started].reverse()) {
    if (task.threadId !== null) firstStarts.set(task.threadId, /** @type {number} */ (task.started));
  }
  writeWorkers(writer, recorded, firstStarts);
  const rows = rowsOf(started, until);
  for (const row of rows.values()) {
    const lane = Math.floor(row / LANE);
    writer.rows.set(row, `Worker ${row % LANE}${lane === 0 ? '' : ` (${lane + 1})`}`);
  }
  for (const task of tasks) writeTask(writer, task, rows.get(task), until);
  writeSteps(writer, steps);
  writeQueue(writer, recorded);
  writer.events.sort((a, b) => a.ts - b.ts);
  return {
    traceEvents: [...writer.metadata(), ...writer.events],
    displayTimeUnit: 'ms',
    otherData: { version: require('../../package.json').version, lostTasks: lost, lostKernelSteps: steps?.lost ?? 0 }
  };
}

module.exports = { toTraceEvents };
