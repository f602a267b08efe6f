'use strict';

// First: what the runtime has now is what counts.
const { performance } = require('./host');

const { EventEmitterAsyncResource } = require('node:events');

const { createPoolHistogram } = require('./histogram');
const { events } = require('./observe/channels');
const { isObserved, observeKernel, observeRun } = require('./observe/task-record');
const { normalizeOptions, parseCloseOptions } = require('./options');
const { ThreadPool } = require('./pool/thread-pool');
const { defineStatics } = require('./statics');

/**
 * A pool of Node Workers: the public class. Its documentation for users stands in index.d.ts.
 */
class Piscina extends EventEmitterAsyncResource {
  /** @type {ThreadPool} */
  #pool;
  /** @type {ReturnType<typeof createPoolHistogram> | null} */
  #histogram = null;

  /** @param {object} [options] */
  constructor (options = {}) {
    const filled = normalizeOptions(options);
    // `name` is the pool's default export there and the resource's type here.
    super(Object.assign(Object.create(null), options, { name: 'Piscina' }));
    this.#pool = new ThreadPool(this, filled);
    if (events.poolCreate.hasSubscribers) events.poolCreate.publish({ pool: this });
    this.#pool.crew.start();
  }

  /**
   * @param {any} task
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  run (task, options) {
    const pool = this.#pool;
    return isObserved(pool) ? observeRun(pool, task, options) : pool.run(task, options, null);
  }

  /**
   * For packages that were made for piscina 3 or 4.
   *
   * @param {any} task
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  runTask (task, ...args) {
    return Piscina.prototype.run.call(this, task, require('./run-task').toRunOptions(args));
  }

  /**
   * @param {string} name
   * @param {any} bytes
   * @param {object} [params]
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  kernel (name, bytes, params, options) {
    const pool = this.#pool;
    return isObserved(pool)
      ? observeKernel(pool, name, bytes, params, options)
      : pool.kernel(name, bytes, params, options, null);
  }

  /** @param {object} [options] */
  async close (options = {}) {
    await this.#pool.close(parseCloseOptions(options));
  }

  destroy () {
    return this.#pool.destroy();
  }

  [Symbol.dispose ?? Symbol.for('nodejs.dispose')] () {
    this.close();
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] () {
    return this.close();
  }

  get maxThreads () {
    return this.#pool.options.maxThreads;
  }

  get minThreads () {
    return this.#pool.options.minThreads;
  }

  get options () {
    return this.#pool.options;
  }

  get threads () {
    const { crew } = this.#pool;
    crew.startPlanned();
    return [...crew.handles].map((handle) => handle.worker);
  }

  get idleThreads () {
    return this.#pool.scheduler.idleThreads;
  }

  get queueSize () {
    return this.#pool.scheduler.queueSize;
  }

  get completed () {
    return this.#pool.settlement.completed;
  }

  get histogram () {
    const { native, options } = this.#pool;
    this.#histogram ??= createPoolHistogram(!options.recordTiming ? null : {
      readRunTime: () => native.runTimes,
      readWaitTime: () => native.waitTimes,
      resetRunTime: () => native.resetRunTimes(),
      resetWaitTime: () => native.resetWaitTimes()
    });
    return this.#histogram;
  }

  /** The share of the time that the workers could have spent on tasks which they have. */
  get utilization () {
    const { native, options } = this.#pool;
    if (!options.recordTiming) return 0;
    const { count, mean } = native.runTimes;
    return count === 0 ? 0 : (mean * count) / (this.duration * options.maxThreads);
  }

  get duration () {
    return performance.now() - this.#pool.start;
  }

  get needsDrain () {
    return this.#pool.settlement.needsDrain;
  }

  stats () {
    return require('./observe/stats').statsOf(this.#pool);
  }

  metrics () {
    return require('./observe/metrics').toOpenMetrics([{ labels: {}, stats: this.stats() }]);
  }

  /** @param {object} [options] */
  trace (options = {}) {
    const { Trace } = require('./observe/trace');
    const trace = new Trace(this.#pool, options);
    return { stop: (/** @type {object} */ options = {}) => trace.stop(options) };
  }
}

module.exports = defineStatics(Piscina);
