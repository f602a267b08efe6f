'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { countCargoTests, countScript, countTapTests } = require('../../ci/counts');
const { run } = require('../../ci/process');

const root = join(__dirname, '..', '..');
const timeout = 60_000;

describe('counting', () => {
  test('adds up the test binaries of cargo and names what is ignored', () => {
    const output = [
      'test scheduler::queue::keeps_order ... ok',
      'test kernels::slow ... ignored, takes an hour',
      'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
      'test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s'
    ].join('\n');
    assert.deepEqual(countCargoTests(output), {
      passed: 4,
      failed: 2,
      skipped: ['kernels::slow, takes an hour']
    });
  });

  test('takes cancelled tests for failed, and knows a report without totals', () => {
    const tap = '# tests 4\n# suites 0\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n';
    assert.deepEqual(countTapTests(`    ok 1 - links # SKIP needs a disk\n${tap}`), {
      passed: 1,
      failed: 2,
      skipped: ['links: needs a disk']
    });
    assert.equal(countTapTests('TAP version 13\nok 1 - first\n'), null);
  });

  test('takes the last total of a script', () => {
    assert.deepEqual(countScript('1 passed, 1 failed\n156 passed, 0 failed, 3 skipped\n')?.passed, 156);
    assert.equal(countScript('ℹ tests 5\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\n')?.passed, 4);
    assert.equal(countScript('done\n'), null);
  });
});

describe('the time limit', () => {
  test('ends a program and what it started', { timeout }, async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      console.log(child.pid);
    `;
    const { ok, problem, output } = await run(process.execPath, ['-e', script], {
      cwd: root,
      seconds: 2,
      echo: false
    });
    assert.equal(ok, false);
    assert.match(String(problem), /did not end within its 2 s/);
    // The pipes are closed, so nobody holds them; and the process is gone or a zombie at most.
    assert.match(output, /^\d+\n$/);
  });
});

describe('the runner of JavaScript tests', () => {
  /** @type {string} */
  let folder;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rockpool-runner-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * @param {string} name
   * @param {string} text
   */
  function runFile (name, text) {
    const file = join(folder, name);
    writeFileSync(file, text);
    const script = `
      require(${JSON.stringify(join(root, 'ci', 'javascript-tests.js'))})
        .runJavaScriptTests(${JSON.stringify(root)}, [${JSON.stringify(file)}])
        .then((result) => console.log('RESULT ' + JSON.stringify(result)));
    `;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout });
    const match = /^RESULT (.*)$/m.exec(stdout);
    assert.ok(match, stdout);
    return { stdout, ...JSON.parse(match[1]) };
  }

  test('counts what passes', { timeout }, () => {
    const { ok, passed, failed } = runFile(
      'passes.test.js',
      "const { test } = require('node:test'); test('one', () => {}); test('two', () => {});"
    );
    assert.deepEqual({ ok, passed, failed }, { ok: true, passed: 2, failed: 0 });
  });

  test('shows the output of what fails', { timeout }, () => {
    const { ok, passed, failed, stdout } = runFile(
      'fails.test.js',
      "const { test } = require('node:test'); test('one', () => {}); test('two', () => { throw new Error('for this reason'); });"
    );
    assert.deepEqual({ ok, passed, failed }, { ok: false, passed: 1, failed: 1 });
    assert.match(stdout, /for this reason/);
  });

  test('fails a file that ends its process before its tests did', { timeout }, () => {
    const { ok, failed } = runFile(
      'exits.test.js',
      "const { test } = require('node:test'); test('one', () => process.exit(0));"
    );
    assert.deepEqual({ ok, failed }, { ok: false, failed: 1 });
  });

  test('fails a file without tests', { timeout }, () => {
    const { ok } = runFile('empty.test.js', '');
    assert.equal(ok, false);
  });
});
