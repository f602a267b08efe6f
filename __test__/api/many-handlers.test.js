'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const Piscina = require('../..');

const filename = path.join(__dirname, 'fixtures/any-name.js');

test('a pool tells more than 65,536 handlers apart', { timeout: 120_000 }, async () => {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  let wrong = 0;
  for (let first = 0; first < 66_000; first += 1000) {
    await Promise.all(Array.from({ length: 1000 }, async (_, offset) => {
      const name = `handler ${first + offset}`;
      if (await pool.run(null, { name }) !== name) wrong++;
    }));
  }
  assert.equal(wrong, 0);
  await pool.close();
});
