'use strict';

const { join } = require('node:path');
const { test } = require('node:test');
const { scenario: find } = require('../scenarios');
const { installPeers } = require('./install');
const { runCase } = require('./rounds');
const { stagePackage } = require('./package');
const { leftOut, report } = require('./report');
const { saveOutcome } = require('./results');
const { readSettings } = require('./settings');
const { takeTurn } = require('./turn');

/**
 * Makes a test of each case of a scenario. A test fails when rockpool fails; how a peer fails is
 * a result like others.
 *
 * @param {string} id
 */
function bench (id) {
  const settings = readSettings();
  const scenario = find(id);
  const cases = scenario.cases.filter((oneCase) => !settings.quick || oneCase.quick !== false);
  const skip = settings.scenarios.includes(id) ? false : 'not among the chosen scenarios';

  const timeout = (settings.quick ? 2 : 60) * 60 * 1000;

  test(scenario.title, { skip, timeout }, async (t) => {
    const release = await takeTurn();
    try {
      installPeers((line) => console.log(line));
      // Read by the processes that measure.
      process.env.ROCKPOOL_BENCH_PACKAGE = await stagePackage(join(__dirname, '..', '..'));
      for (const oneCase of cases) {
        await t.test(oneCase.title, async () => {
          const outcome = await runCase(scenario, oneCase, settings);
          console.log(settings.quick ? leftOut(outcome) : report(outcome));
          saveOutcome(settings.results, settings.quick ? 'quick' : 'full', `${id}/${oneCase.id}`, outcome);
          const failure = outcome.entries.rockpool?.failure;
          if (failure) {
            throw new Error(failure);
          }
        });
      }
    } finally {
      release();
    }
  });
}

module.exports = { bench };
