'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');

const root = join(__dirname, '..', '..');

/** @param {string[]} args */
function compare (...args) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['benches/compare.js', ...args], { cwd: root, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const quick = ['--before', root, '--quick', '--scenarios', 'busy-tasks'];

test('two trees are compared case by case', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = compare(...quick);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /Tasks of 100 µs/);
  assert.match(stdout, /2 compared, the least ratio is \d/);
});

test('a tree that is slower than is allowed ends the comparison with an error', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = compare(...quick, '--least', '1000000');
  assert.equal(status, 1, stdout + stderr);
});

test('what cannot be compared is refused with the reason', { timeout: 120_000 }, () => {
  assert.match(compare().stderr, /--before is missing/);
  assert.match(compare('--before', join(root, 'docs')).stderr, /docs is no tree of rockpool/);
  assert.match(compare(...quick, '--least', 'x').stderr, /--least takes a number above 0, not "x"/);
  assert.equal(compare('--before', root, '--scenarios', 'none').status, 2);
});
