'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');
const { promisify } = require('node:util');

const { ways, waysBefore } = require('../fixtures/foreign/replace');

const run = promisify(execFile);
const program = path.join(__dirname, '../fixtures/foreign/lanes.js');

/**
 * @param {'before' | 'main' | 'worker'} side where something is replaced, and when: before the package is loaded, or after
 * @param {string} way
 */
function testLanes (side, way) {
  test(`${side}: ${way}`, { timeout: 60_000 }, async () => {
    const { stdout } = await run(process.execPath, [program, side, way], { timeout: 50_000 });
    assert.equal(stdout, 'done\n');
  });
}

describe('every lane works whatever stands in the place of globals', { concurrency: 2 }, () => {
  for (const side of ['main', 'worker']) {
    for (const way of ways) testLanes(side, way);
  }
  for (const way of waysBefore) testLanes('before', way);
});

describe('nothing is read from what every object inherits', { concurrency: 2 }, () => {
  testLanes('main', 'inherited');
  testLanes('worker', 'inherited');
});
