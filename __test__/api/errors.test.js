'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');

const errors = require('../../lib/errors');

const { AbortError, codes } = errors;
const kRoot = join(__dirname, '..', '..');

/**
 * The error codes that stand in the sources of a folder.
 *
 * @param {string} folder
 * @param {string} extension
 */
function codesIn (folder, extension) {
  const found = new Set();
  for (const entry of readdirSync(join(kRoot, folder), { recursive: true })) {
    const path = String(entry);
    if (!path.endsWith(extension) || path.startsWith('native')) continue;
    const source = readFileSync(join(kRoot, folder, path), 'utf8');
    for (const [code] of source.matchAll(/ERR_ROCKPOOL_\w*[A-Z]/g)) found.add(code);
  }
  return found;
}

test('every code that the sources use is in the table', () => {
  for (const [folder, extension] of [['lib', '.js'], ['src', '.rs']]) {
    const unknown = [...codesIn(folder, extension)].filter((code) => !(code in codes));
    assert.deepEqual(unknown, [], `in ${folder}`);
  }
});

test('every code of the table is used', () => {
  const used = new Set([...codesIn('lib', '.js'), ...codesIn('src', '.rs'), 'ABORT_ERR']);
  assert.deepEqual(Object.keys(codes).filter((code) => !used.has(code)), []);
});

test('every code says when one sees it', () => {
  for (const [code, { doc }] of Object.entries(codes)) assert.match(doc, /^[A-Z`].*\.$|^.*`\.$/, code);
});

test('the messages that callers match are piscina\'s', () => {
  for (const [error, message] of [
    [errors.threadTermination(), 'Terminating worker thread'],
    [errors.filenameNotProvided(), 'filename must be provided to run() or in options object'],
    [errors.taskQueueAtLimit(), 'Task queue is at limit'],
    [errors.noTaskQueueAvailable(), 'No task queue available and all Workers are busy'],
    [errors.closeTimeout(), 'Close operation timed out'],
    [errors.workerExited(42), 'worker exited with code: 42'],
    [errors.noHandler('/a.js'), 'No handler function exported from /a.js'],
    [new AbortError(), 'The task has been aborted']
  ]) {
    assert.equal(error.message, message);
    assert.ok(error.code in codes);
  }
});

test('an error begins where it was asked for, not in the table', () => {
  const error = errors.taskQueueAtLimit();
  assert.match(String(error.stack).split('\n')[1], /errors\.test\.js/);
});

test('an aborted task\'s error looks like Node\'s', () => {
  const error = new AbortError('because');
  assert.equal(error.name, 'AbortError');
  assert.equal(error.code, 'ABORT_ERR');
  assert.equal(error.cause, 'because');
  assert.ok(error instanceof Error);
  assert.match(inspect(error), /^AbortError: The task has been aborted/);
  assert.ok('cause' in new AbortError(undefined));
});

test('what a worker file threw stands in the message and is the cause, whatever it is', () => {
  const cause = new SyntaxError('Unexpected token');
  const error = errors.loadFailed('/a.js', cause);
  assert.match(error.message, /\/a\.js.*Unexpected token/);
  assert.equal(error.cause, cause);
  assert.match(errors.loadFailed('/a.js', null).message, /null/);
  // As Node has it: the message does not say what it was about.
  const refused = Object.assign(new Error('Access to this API has been restricted'),
    { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead', resource: '/secret/dependency.js' });
  for (const { message } of [errors.loadFailed('/a.js', refused), errors.addonUnavailable({ cause: refused })]) {
    assert.match(message, /restricted \(FileSystemRead: \/secret\/dependency\.js\)$/);
  }
  assert.equal(errors.loadFailed('/a.js', undefined).cause, undefined);
  assert.ok('cause' in errors.loadFailed('/a.js', undefined));
});

test('a rejected value is shown, shortly, without touching the message', () => {
  const error = errors.invalidOption('minThreads', 'options.minThreads must be a non-negative integer', -1);
  assert.ok(error instanceof TypeError);
  assert.equal(error.message, 'options.minThreads must be a non-negative integer');
  assert.equal(Reflect.get(error, 'option'), 'minThreads');
  assert.equal(Reflect.get(error, 'received'), '-1');
  assert.match(inspect(error), /received: '-1'/);

  for (const value of ['x'.repeat(1e6), new Array(1e5).fill('y'), { deep: { deeper: {} } }, () => {}, Symbol('s')]) {
    const { received } = /** @type {any} */ (errors.invalidArgument('name', 'message', value));
    assert.ok(received.length <= 80, received);
  }
});

test('a value that cannot even be shown makes no other error', () => {
  const hostile = { [inspect.custom] () { throw new Error('gotcha'); } };
  assert.equal(Reflect.get(errors.invalidArgument('name', 'message', hostile), 'received'), 'object');
});

test('an error of the addon has its code', () => {
  const { NativeWorker, copyBytes } = require('../../lib/binding');
  const memory = { control: new Int32Array(1), wake: new Int32Array(1), registers: new Int32Array(64) };
  const bytes = new Uint8Array(1);
  assert.throws(() => new NativeWorker(2 ** 32 - 1, 0, true, { ...memory, submission: bytes, input: bytes, output: bytes }), {
    code: 'ERR_ROCKPOOL_POOL_GONE', message: 'pool 4294967295 does not exist any more'
  });
  assert.throws(() => copyBytes(bytes, new Uint8Array(2)), { code: 'ERR_ROCKPOOL_BAD_VIEW' });
});

test('a process that may load no addons is told so', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-addons', '-e', `
    try {
      require('./index.js');
    } catch ({ code, message, cause }) {
      console.log(JSON.stringify({ code, message, cause: cause.message }));
    }
  `], { cwd: kRoot, encoding: 'utf8', timeout: 30_000 });
  assert.equal(stderr, '');
  const { code, message, cause } = JSON.parse(stdout);
  assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
  assert.match(cause, /loading addons is disabled/);
  assert.ok(message.endsWith(cause), message);
});
