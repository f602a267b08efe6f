'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Piscina = require('../..');

const timeout = 60_000;

test('a worker that is ended because it is idle takes no result with it', { timeout }, async () => {
  for (let round = 0; round < 30; round++) {
    const pool = new Piscina({
      filename: require.resolve('../fixtures/handlers/echo.js'), minThreads: 1, maxThreads: 2, idleTimeout: 0
    });
    // So many at once start a second worker, which is one too many as soon as they are done.
    await Promise.all(Array.from({ length: 1000 }, (_, number) => pool.run(number)));
    for (const number of [1, 2, 3]) {
      // A Map goes by port.
      const value = new Map([[number, 'x'.repeat(100_000)]]);
      assert.deepEqual(await pool.run(value), value);
    }
    await pool.destroy();
  }
});
