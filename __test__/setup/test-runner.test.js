'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { countCargoTests, countScript, countTapTests } = require('../../ci/test/counts');
const { run } = require('../../ci/test/process');
const { Watch } = require('../../ci/test/standstill');

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

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-runner-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the time limit', () => {
  test('ends a program and what it started', { timeout }, async () => {
    const started = join(folder, 'started');
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      console.log(child.pid);
      require('node:fs').writeFileSync(${JSON.stringify(started)}, '');
    `;
    let at = 0;
    const { ok, problem, output } = await run(process.execPath, ['-e', script], {
      cwd: root,
      seconds: 2,
      echo: false,
      // Its time begins when both are there: to start two processes may take longer than the limit.
      now: () => (existsSync(started) ? at += 500 : 0)
    });
    assert.equal(ok, false);
    assert.match(String(problem), /did not end within its 2 s/);
    // The pipes are closed, so nobody holds them; and the process is gone or a zombie at most.
    assert.match(output, /^\d+\n$/);
  });

  test('does not count the time in which the machine stood still', { timeout }, async () => {
    let looks = 0;
    const { problem } = await run(process.execPath, ['-e', 'setTimeout(() => {}, 1000)'], {
      cwd: root,
      seconds: 60,
      echo: false,
      // An hour from one look to the next, once.
      now: () => (++looks < 3 ? 0 : 3600e3)
    });
    assert.ok(looks > 3, `${looks}`);
    assert.equal(problem, null);
  });
});

describe('a watch', () => {
  test('takes long gaps between its looks for standstills, and short ones for time', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let time = 0;
    let over = 0;
    const watch = new Watch({ now: () => time, limit: 10_000, onLimit: () => { over++; } });
    const pass = (/** @type {number} */ milliseconds) => {
      time += milliseconds;
      context.mock.timers.tick(250);
    };
    for (const gap of [250, 2_900, 40_000, 250, 3_100]) pass(gap);
    assert.deepEqual([watch.stood, over], [43_100, 0]);
    for (const gap of [2_900, 2_900, 2_900]) pass(gap);
    assert.equal(over, 1, 'once');
    time += 5_000;
    assert.equal(watch.stop(), 48_100, 'a standstill at the end is seen, too');
  });
});

describe('the runner of JavaScript tests', () => {
  /**
   * @param {string} name
   * @param {string} text
   * @param {string} [clock] a function that gives milliseconds
   */
  function runFile (name, text, clock = 'undefined') {
    const file = join(folder, name);
    writeFileSync(file, text);
    const script = `
      require(${JSON.stringify(join(root, 'ci', 'test', 'javascript-tests.js'))})
        .runJavaScriptTests(${JSON.stringify(root)}, [${JSON.stringify(file)}], undefined, ${clock})
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

  describe('a file', () => {
    /** A test that fails so many times, and counts how often it has run. */
    function failing (/** @type {string} */ name, /** @type {number} */ times) {
      const log = join(folder, `${name}.log`);
      writeFileSync(log, '');
      const text = `
        const { appendFileSync, readFileSync } = require('node:fs');
        require('node:test').test('one', () => {
          appendFileSync(${JSON.stringify(log)}, 'x');
          if (readFileSync(${JSON.stringify(log)}, 'utf8').length <= ${times}) throw new Error('too late');
        });
      `;
      return { text, runs: () => readFileSync(log, 'utf8').length };
    }

    /** Half a minute passes between its first look and its second one. */
    const standing = '((looks) => () => (looks++ === 0 ? 0 : 31e3))(0)';
    /** However long it takes, it is no standstill. */
    const running = '() => 0';

    test('that failed while the machine stood still is run again, and the runner says so', { timeout }, () => {
      const { text, runs } = failing('once', 1);
      const { ok, passed, failed, stdout } = runFile('once.test.js', text, standing);
      assert.deepEqual({ ok, passed, failed, runs: runs() }, { ok: true, passed: 1, failed: 0, runs: 2 });
      assert.match(stdout, /again .*once\.test\.js: it failed, and the machine stood still for 31 s meanwhile/);
    });

    test('is run again once at most', { timeout }, () => {
      const { text, runs } = failing('always', Infinity);
      const { ok, passed, failed } = runFile('always.test.js', text, '((time) => () => (time += 31e3))(0)');
      assert.deepEqual({ ok, passed, failed, runs: runs() }, { ok: false, passed: 0, failed: 1, runs: 2 });
    });

    test('that failed on a machine that ran has failed', { timeout }, () => {
      const { text, runs } = failing('running', 1);
      const { ok, failed, stdout } = runFile('running.test.js', text, running);
      assert.deepEqual({ ok, failed, runs: runs() }, { ok: false, failed: 1, runs: 1 });
      assert.doesNotMatch(stdout, /stood still/);
    });

    test('that passed while the machine stood still has passed', { timeout }, () => {
      const { text, runs } = failing('never', 0);
      const { ok } = runFile('never.test.js', text, standing);
      assert.deepEqual({ ok, runs: runs() }, { ok: true, runs: 1 });
    });
  });
});
