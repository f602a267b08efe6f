'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');
const { promisify } = require('node:util');

const { ways } = require('../fixtures/foreign/throwing');

const run = promisify(execFile);
const program = path.join(__dirname, '../fixtures/foreign/throwing.js');

describe('tasks settle as they would have, whatever code of the user\'s throws or never calls back', { concurrency: 2 }, () => {
  for (const way of ways) {
    test(way, { timeout: 60_000 }, async () => {
      const { stderr } = await run(process.execPath, [program, way], { timeout: 50_000 });
      assert.equal(stderr, 'done\n');
    });
  }
});
