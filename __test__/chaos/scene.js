'use strict';

const vm = require('node:vm');

const { faultOf } = require('./faults');
const { fateOf } = require('./fates');
const { Marks } = require('./marks');
const { makePool } = require('./pools');
const signals = require('./signals');
const { kindOf } = require('./tasks');
const { pause, turn } = require('./turns');

/** Tasks that no item of the plan names: those that faults submit. */
const EXTRA = 20_000;

/**
 * What became of one task.
 *
 * @typedef {object} Entry
 * @property {any} item what the plan says of it
 * @property {import('./tasks').TaskKind} kind
 * @property {number} order its place among all that were submitted
 * @property {number} submitted when, by the scene's own count
 * @property {number | null} settled
 * @property {string} via the export that it asks for
 * @property {boolean} limited whether the queue had a limit
 * @property {any} [outcome]
 * @property {ReturnType<signals.kinds.AbortSignal>} [canceller]
 * @property {Error} [reason] what it was aborted with
 * @property {string | null} [problem] what was wrong with its answer
 */

/**
 * One pool, and what the plan does to it: plays the items of a scene one after the other, and keeps all that the oracle
 * has to know (oracle.js). It judges nothing itself.
 */
class Scene {
  /**
   * @param {any} spec the scene's part of the plan
   * @param {import('./child').Tools} tools
   */
  constructor (spec, tools) {
    this.spec = spec;
    this.tools = tools;
    const last = Math.max(0, ...spec.items.map(({ id }) => id));
    this.nextId = this.firstStray = last + 1;
    this.marks = Marks.forTasks(last + 1 + EXTRA);
    this.pool = tools.sabotage(makePool(spec.pool, { marks: this.marks.memory }));
    /** @type {Entry[]} */
    this.entries = [];
    this.unsettled = 0;
    /** Counts what happens, so that the oracle knows what was before what. */
    this.now = 0;
    /** @type {any[]} Workers that were ended from outside. */
    this.losses = [];
    /** @type {{ kind: string, from: number, to: number }[]} Times in which more is allowed. */
    this.spans = [];
    /** @type {number | null} When threads were refused first. */
    this.refusedAt = null;
    /** @type {number[]} When a thread was refused and no worker lived. */
    this.bareAt = [];
    /** How many submissions were cut short, so that nobody knows whether they were made. */
    this.cutShort = 0;
    /** @type {Promise<void>[]} Tasks that are no entries: their submission may have been cut short. */
    this.strays = [];
    this.maxThreads = spec.pool.maxThreads;
    /** @type {any[]} */
    this.poolErrors = [];
    this.pool.on('error', (/** @type {any} */ error) => { this.poolErrors.push(error); });
    this.group = signals.kinds.AbortSignal();
    /** @type {{ due: (step: number) => boolean, run: () => void }[]} What is to happen a little later. */
    this.later = [];
    this.step = 0;
    /** @type {Promise<void>[]} Ends of the pool that nobody has waited for yet. */
    this.endings = [];
    /** @type {(() => void) | null} */
    this.onSettled = null;
  }

  async play () {
    const { items } = this.spec;
    for (let at = 0; at < items.length; at++) {
      this.tools.reach(this, at);
      await this.perform(items[at]);
      this.step++;
      this.look();
    }
    this.tools.reach(this, items.length);
    await this.settle(0);
    await Promise.all(this.endings);
    await Promise.all(this.strays);
    // What the pool says of itself has to be true before its end and after it.
    this.before = this.snapshot();
    await this.end();
    this.after = this.snapshot();
  }

  /** @param {any} item */
  async perform (item) {
    if (item.task !== undefined) this.submit(item);
    else if (item.fault !== undefined) await faultOf(item).apply(this, item);
    else if (item.wait === 'turn') await turn();
    else if (item.wait === 'some') await this.settle(item.left);
    else await this.settle(0);
  }

  /** @param {any} item */
  submit (item) {
    const kind = kindOf(item);
    /** @type {Entry} */
    const entry = {
      item, kind, order: this.entries.length, submitted: this.now++, settled: null, via: this.pool.options.name,
      limited: this.pool.options.maxQueue !== Infinity
    };
    this.entries.push(entry);
    const options = this.optionsFor(item, entry);
    if (item.abort?.when === 'before') this.abort(entry);
    let promise;
    try {
      promise = kind.start(this, item, options, entry);
    } catch (error) {
      // What gives a promise never throws: the oracle shall know.
      entry.problem = `threw at once: ${error}`;
      promise = Promise.reject(error);
    }
    this.follow(entry, promise);
    if (item.abort !== undefined) this.planAbort(entry);
  }

  /**
   * @param {any} item
   * @param {Entry} entry
   */
  optionsFor (item, entry) {
    const options = {};
    if (item.name !== undefined) options.name = entry.via = item.name;
    if (item.abort?.when === 'group') entry.canceller = this.group;
    else if (item.abort !== undefined) entry.canceller = signals.kinds[item.abort.signal]();
    if (entry.canceller !== undefined) options.signal = entry.canceller.signal;
    return options;
  }

  /**
   * @param {Entry} entry
   * @param {Promise<any>} promise
   */
  follow (entry, promise) {
    this.unsettled++;
    this.tools.mark(this, entry, 'unsettled');
    promise.then(
      (value) => this.finish(entry, { ok: true, value }),
      (error) => this.finish(entry, { ok: false, error }));
  }

  /** A thread was refused to the pool. Here, since the next one may not be: then tasks are rejected beside a worker. */
  noteRefusal () {
    if (this.pool.threads.length === 0) this.bareAt.push(this.now++);
  }

  /**
   * @param {Entry} entry
   * @param {any} outcome
   */
  finish (entry, outcome) {
    entry.settled = this.now++;
    entry.threadsLeft = this.pool.threads.length;
    this.unsettled--;
    this.tools.mark(this, entry, 'settled');
    const { item, kind } = entry;
    if (outcome.ok) {
      // Checked here and not kept: the answers of a long run would fill the memory.
      entry.problem ??= kind.check(item, outcome.value, entry);
      entry.outcome = { ok: true };
    } else {
      entry.outcome = outcome;
      entry.problem ??= kind.returns?.(outcome.error, item, entry) ?? null;
    }
    kind.release?.(entry);
    entry.given = undefined;
    this.onSettled?.();
  }

  /**
   * Submits tasks from a script that is ended after some milliseconds, wherever it is then.
   *
   * @param {number} ms
   */
  submitCutShort (ms) {
    // Node itself dies of a script that is ended while a Worker is being made.
    if (this.pool.threads.length === 0) return;
    // And it does not end one that is cut short in its own search for unhandled rejections: `Promise.reject()` in a loop
    // is enough. So no task may be refused here.
    if (this.pool.options.maxQueue !== Infinity || this.endings.length > 0) return;
    const submit = () => {
      if (this.nextId >= this.firstStray + EXTRA) return;
      const id = this.nextId++;
      this.cutShort++;
      // No script is ended between these calls: none of them is a function of JavaScript, nor a loop.
      this.strays.push(this.pool.run({ id }).catch(() => {}));
    };
    try {
      vm.runInContext('for (;;) submit()', vm.createContext({ submit }), { timeout: ms });
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
  }

  /**
   * For the kinds of tasks that a worker runs.
   *
   * @param {any} message
   * @param {any} options
   */
  run (message, options) {
    return this.pool.run(message, options);
  }

  /** @param {Entry} entry */
  planAbort (entry) {
    const { when, steps = 0 } = entry.item.abort;
    const abort = () => this.abort(entry);
    if (when === 'now') abort();
    else if (when === 'soon') this.afterSteps(steps, abort);
    else if (when === 'running') this.later.push({ due: () => entry.settled !== null || this.hasStarted(entry), run: abort });
  }

  /** @param {Entry} entry */
  hasStarted ({ item, kind }) {
    // Of a kernel nobody says when it starts.
    return !kind.inWorker || kind.plain || this.marks.starts(item.id) > 0;
  }

  /** @param {Entry} entry */
  abort (entry) {
    if (entry.settled !== null || entry.abortedAt !== undefined) return;
    entry.abortedAt = this.now++;
    entry.reason = new Error(`the plan aborts ${entry.item.id}`);
    entry.canceller?.abort(entry.reason);
  }

  /** Aborts all tasks that share one signal. The next ones get a new one. */
  abortGroup () {
    const { group } = this;
    this.group = signals.kinds.AbortSignal();
    const reason = new Error('the plan aborts many');
    for (const entry of this.entries) {
      if (entry.canceller !== group || entry.settled !== null) continue;
      entry.abortedAt = this.now;
      entry.reason = reason;
    }
    this.now++;
    group.abort(reason);
  }

  /**
   * Calls something some items later.
   *
   * @param {number} steps
   * @param {() => void} run
   */
  afterSteps (steps, run) {
    const step = this.step + steps;
    this.later.push({ due: (now) => now >= step, run });
  }

  /** Does what is due. */
  look () {
    if (this.later.length === 0) return;
    const due = this.later.filter((one) => one.due(this.step));
    if (due.length === 0) return;
    this.later = this.later.filter((one) => !due.includes(one));
    for (const { run } of due) run();
  }

  /** Makes due what was to happen some items later. */
  nowDue () {
    const { step } = this;
    this.step = Infinity;
    this.look();
    this.step = step;
  }

  /**
   * Waits until no more tasks than these are unsettled.
   *
   * @param {number} left
   */
  async settle (left) {
    this.nowDue();
    if (left === 0) this.abortGroup();
    while (this.unsettled > left) {
      this.look();
      const settled = new Promise((resolve) => { this.onSettled = () => resolve(undefined); });
      await (this.later.length > 0 ? Promise.race([settled, pause(1)]) : settled);
      this.onSettled = null;
    }
  }

  /**
   * Remembers that something was under way while a promise was pending.
   *
   * @template T
   * @param {string} kind
   * @param {() => Promise<T>} start
   */
  async during (kind, start) {
    const span = { kind, from: this.now++, to: Infinity };
    this.spans.push(span);
    try {
      return await start();
    } finally {
      span.to = this.now++;
    }
  }

  /** Aborts what would never end by itself. */
  abortBlocked () {
    for (const entry of this.entries) {
      if (entry.settled === null && fateOf(entry.item)?.blocks) this.abort(entry);
    }
  }

  async end () {
    const { end } = this.spec;
    if (end === 'destroy') await this.during('destroy', () => this.pool.destroy());
    else await this.during(end, () => this.pool.close({ force: end === 'force' }));
  }

  snapshot () {
    const { pool } = this;
    return { completed: pool.completed, threads: pool.threads.length, queueSize: pool.queueSize, tasks: pool.stats().tasks };
  }
}

module.exports = { Scene };
