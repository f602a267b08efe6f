'use strict';

const { contestant } = require('../contestants');
const { scenario } = require('../scenarios');
const { collectGarbage } = require('./garbage');

/**
 * Names one contestant in one case; plain data, for it goes to another process.
 *
 * @typedef {{ scenario: string, contestant: string, parameters: any }} Role
 */

/** Runs one contestant of a case in the present process. */
class Runner {
  /** @type {import('../scenarios/types').Scenario<any, any, any> | undefined} */
  #scenario;
  /** @type {Role | undefined} */
  #role;
  /** @type {unknown} */
  #state;

  /** @param {Role} role */
  async prepare (role) {
    this.#role = role;
    this.#scenario = scenario(role.scenario);
    const loaded = await contestant(role.contestant).load();
    this.#state = await this.#scenario.prepare(loaded, role.parameters);
  }

  /** @returns {Promise<import('../scenarios/types').Sample[]>} */
  async sample () {
    if (this.#scenario === undefined || this.#role === undefined) {
      throw new Error('sample() before prepare()');
    }
    // This sample must not pay for the garbage of the one before.
    collectGarbage();
    return [await this.#scenario.sample(this.#state, this.#role.parameters)].flat();
  }

  /** Does nothing the second time. */
  async finish () {
    const scenario = this.#scenario;
    this.#scenario = undefined;
    await scenario?.finish(this.#state);
  }
}

module.exports = { Runner };
