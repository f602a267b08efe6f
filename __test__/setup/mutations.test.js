'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { test } = require('node:test');
const { fillTable, mutate, mutations, readme } = require('../../ci/test/mutations/run');

// The models themselves run under `npm run mutations`.
for (const mutation of mutations) {
  test(`the sources can still be changed to have ${mutation.what}`, () => {
    assert.ok(mutate(mutation).size > 0);
  });
}

test('the README of the scheduler lists them all', () => {
  const text = readFileSync(readme, 'utf8');
  assert.equal(fillTable(text), text, 'run: npm run mutations -- --table');
});
