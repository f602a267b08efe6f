'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const campaign = require('./campaign');

/** Of the first plan. Plans of other seeds are for `npm run chaos`, which takes its seed from the clock. */
const seed = Number(process.env.ROCKPOOL_TEST_SEED ?? 634177463);

/** No new plan is begun after so many seconds, so that the short form stays short on a busy machine. */
const SECONDS = 25;

test('each task of a plan of faults settles with its own answer, or with an error that the plan explains', { timeout: 240_000 }, async (t) => {
  const { failure, tasks, faults } = await campaign.runCampaign({ seed, tasks: 12_000, faults: 240, seconds: SECONDS, shrinkSeconds: 60 });
  t.diagnostic(`seed ${seed}: ${tasks} tasks, ${faults} faults`);
  assert.equal(failure, null, failure === null ? '' : campaign.describe(failure));
  assert.ok(tasks > 0);
});
