'use strict';

const os = require('node:os');
const { contestant, isPeer } = require('../contestants');
const { ChildProcess, ThisProcess } = require('./process');

/**
 * @typedef {import('../scenarios/types').Scenario<any, any, any>} Scenario
 * @typedef {import('../scenarios/types').Case<any>} Case
 * @typedef {import('./settings').Settings} Settings
 *
 * @typedef {object} Entry one contestant's part of a case
 * @property {string} name
 * @property {string | null} failure why there is nothing, or not everything, to show
 * @property {Record<string, number[]>} samples by metric
 *
 * @typedef {object} Outcome
 * @property {string} title
 * @property {string} date
 * @property {number[]} loadAverage of the machine before the case
 * @property {any} parameters
 * @property {Record<string, import('../scenarios/types').Metric>} metrics
 * @property {Record<string, Entry>} entries by contestant
 * @property {string | null} [commit] of rockpool, in saved results
 * @property {string} [node] its release, in saved results
 */

/**
 * Lets at most `width` jobs run at once.
 *
 * @template Item
 * @param {Item[]} items
 * @param {number} width
 * @param {(item: Item) => Promise<void>} job
 */
async function inParallel (items, width, job) {
  const rest = items.values();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const item of rest) {
      await job(item);
    }
  }));
}

/** One contestant in one case. */
class Competitor {
  /** @type {import('./process').Process | undefined} */
  #process;
  #startProcess;
  #role;
  #metrics;

  /**
   * @param {import('./runner').Role} role
   * @param {string[]} metrics
   * @param {() => import('./process').Process} startProcess
   */
  constructor (role, metrics, startProcess) {
    this.#role = role;
    this.#metrics = metrics;
    this.#startProcess = startProcess;
    /** @type {Entry} */
    this.entry = { name: contestant(role.contestant).name, failure: null, samples: {} };
  }

  get id () {
    return this.#role.contestant;
  }

  /**
   * A contestant that fails is out, and the others go on.
   *
   * @param {() => Promise<void>} action
   */
  async #attempt (action) {
    if (this.entry.failure === null) {
      try {
        await action();
      } catch (error) {
        this.entry.failure = error instanceof Error ? error.message : String(error);
        this.#process?.abandon();
      }
    }
  }

  prepare () {
    return this.#attempt(async () => {
      this.#process = this.#startProcess();
      await this.#process.prepare(this.#role);
    });
  }

  /** @param {Pick<Settings, 'turnMilliseconds' | 'samplesPerTurn'>} settings */
  takeTurn ({ turnMilliseconds, samplesPerTurn }) {
    return this.#attempt(async () => {
      const end = performance.now() + turnMilliseconds;
      let taken = 0;
      do {
        const samples = await /** @type {import('./process').Process} */ (this.#process).sample();
        const values = samples.flatMap((sample) => Object.entries(sample));
        for (const [metric, value] of values.filter(([name]) => this.#metrics.includes(name))) {
          (this.entry.samples[metric] ??= []).push(Number(value.toPrecision(6)));
        }
      } while (++taken < samplesPerTurn && performance.now() < end);
    });
  }

  /**
   * rockpool must also close. Peers are ended: some do not close reliably (poolifier's destroy() now and then never
   * resolves).
   */
  async finish () {
    if (this.id === 'rockpool') {
      await this.#attempt(async () => this.#process?.finish());
    } else {
      this.abandon();
    }
  }

  abandon () {
    this.#process?.abandon();
  }
}

/**
 * Runs one case: sets all contestants up, then lets them take turns, round by round, so that other load of the machine
 * hits all of them.
 *
 * @param {Scenario} scenario
 * @param {Case} oneCase
 * @param {Settings} settings
 * @returns {Promise<Outcome>}
 */
async function runCase (scenario, oneCase, settings) {
  const { quick } = settings;
  const parameters = { ...oneCase.parameters, ...(quick ? oneCase.quick : {}) };
  const rounds = quick ? 1 : oneCase.rounds ?? 5;
  const startProcess = () => (oneCase.inside ? new ThisProcess() : new ChildProcess(oneCase.timeLimit ?? 60));
  const competitors = oneCase.contestants
    .filter((id) => settings.contestants.includes(id))
    .map((id) => {
      const role = { scenario: scenario.id, contestant: id, parameters };
      return new Competitor(role, oneCase.metrics, startProcess);
    });
  const date = new Date().toISOString();
  const loadAverage = os.loadavg().map((load) => Number(load.toFixed(2)));

  try {
    if (oneCase.fresh) {
      const once = { turnMilliseconds: 0, samplesPerTurn: 1 };
      for (let round = 0; round < rounds; round++) {
        const running = competitors.filter(({ id }) => !isPeer(id) || round < (oneCase.peerRounds ?? rounds));
        for (const competitor of running) {
          await competitor.prepare();
          await competitor.takeTurn(once);
          competitor.abandon();
        }
      }
    } else {
      const width = quick && !oneCase.inside ? os.availableParallelism() : 1;
      await inParallel(competitors, width, (competitor) => competitor.prepare());
      for (let round = 0; round < rounds; round++) {
        for (const competitor of competitors) {
          await competitor.takeTurn(settings);
        }
      }
      await Promise.all(competitors.map((competitor) => competitor.finish()));
    }
  } finally {
    competitors.forEach((competitor) => competitor.abandon());
  }

  return {
    title: oneCase.title,
    date,
    loadAverage,
    parameters,
    metrics: Object.fromEntries(oneCase.metrics.map((metric) => [metric, scenario.metrics[metric]])),
    entries: Object.fromEntries(competitors.map(({ id, entry }) => [id, entry]))
  };
}

module.exports = { runCase };
