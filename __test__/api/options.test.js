'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { availableParallelism } = require('node:os');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { SHARE_ENV } = require('node:worker_threads');

const {
  defaultTaskQueue,
  normalizeOptions,
  optionTable,
  parseCloseOptions,
  parseRunOptions,
  toTimerDelay
} = require('../../lib/options');
const { limits: { WORKERS_MAX } } = require('../../lib/protocol/tables');
const { FixedQueue } = require('../../lib/task-queues');

test('without options every default is there', () => {
  for (const given of [undefined, null, {}]) {
    const options = normalizeOptions(given);
    assert.deepEqual({ ...options }, {
      filename: null,
      name: 'default',
      minThreads: Math.max(Math.floor(availableParallelism() / 2), 1),
      maxThreads: Math.ceil(availableParallelism() * 1.5),
      idleTimeout: 0,
      maxQueue: Infinity,
      concurrentTasksPerWorker: 1,
      atomics: 'sync',
      taskQueue: defaultTaskQueue,
      niceIncrement: 0,
      trackUnmanagedFds: true,
      closeTimeout: 30_000,
      loadTimeout: 60_000,
      recordTiming: true,
      stricterFIFO: false,
      workerHistogram: false
    });
  }
});

test('the default of maxThreads is a whole number', () => {
  assert.ok(Number.isInteger(normalizeOptions({}).maxThreads));
  assert.ok(normalizeOptions({}).maxThreads >= normalizeOptions({}).minThreads);
});

/** What is wrong for each option. */
const kInvalid = {
  filename: [12, {}, true, 'file://host/%2F', 'file:///a%2Fb'],
  name: [12, {}, true],
  minThreads: [-1, 'string', 1.5, NaN, Infinity, null, {}, WORKERS_MAX + 1, 2 ** 32 + 1],
  maxThreads: [-1, 0, 'string', 1.5, NaN, Infinity, null],
  idleTimeout: [-1, 'string', NaN, null],
  maxQueue: [-1, 'string', NaN, 1.5, null],
  concurrentTasksPerWorker: [-1, 0, 'string', NaN, Infinity, 2.5, null],
  atomics: [-1, 'string', true],
  resourceLimits: [0, null, 'string'],
  argv: ['string', 1, {}],
  execArgv: ['string', 1, [1]],
  env: ['string', 1, Symbol('env')],
  taskQueue: [0, 'test', null, new Date(), {}, { size: 0, push () {}, shift () {} }],
  niceIncrement: ['string', NaN, Infinity, 0.5, null, ...(process.platform === 'win32' ? [] : [-1])],
  trackUnmanagedFds: [-1, 'string', null],
  closeTimeout: [-1, 'string', NaN, null],
  loadTimeout: [-1, 0, 'string', NaN, null],
  loadBalancer: [1, 'string', null, () => {}],
  stricterFIFO: [1, 'string', null],
  workerHistogram: [1, 'string', null]
};

for (const [option, values] of Object.entries(kInvalid)) {
  test(`an invalid ${option} is a TypeError that names it`, () => {
    for (const value of values) {
      assert.throws(() => normalizeOptions({ [option]: value }), (/** @type {any} */ error) => {
        assert.ok(error instanceof TypeError);
        const { message = '' } = optionTable[option];
        assert.ok(error.message.startsWith(message) && message.startsWith(`options.${option} `), error.message);
        assert.deepEqual([Reflect.get(error, 'code'), Reflect.get(error, 'option')],
          ['ERR_ROCKPOOL_INVALID_OPTION', option]);
        assert.equal(typeof Reflect.get(error, 'received'), 'string');
        return true;
      }, `${option}: ${String(value)}`);
    }
  });
}

/** What is right for each option, and what becomes of it. */
const kValid = {
  filename: [['/a.js', '/a.js'], [null, null], ['', null], [pathToFileURL(__filename).href, __filename]],
  name: [['a', 'a'], ['', ''], [null, 'default']],
  minThreads: [[0, 0], [1, 1], [WORKERS_MAX, WORKERS_MAX]],
  maxThreads: [[1, 1], [500, 500], [2 ** 32 + 1, WORKERS_MAX]],
  idleTimeout: [[0, 0], [0.5, 0.5], [Infinity, Infinity]],
  maxQueue: [[0, 0], [3, 3], [Infinity, Infinity]],
  concurrentTasksPerWorker: [[1, 1], [1000, 1000], [2 ** 32 + 1, 2 ** 32 - 1], [Number.MAX_SAFE_INTEGER, 2 ** 32 - 1]],
  atomics: [['sync', 'sync'], ['async', 'async'], ['disabled', 'disabled'], [null, 'sync']],
  resourceLimits: [[{ stackSizeMb: 4 }, { stackSizeMb: 4 }]],
  argv: [[['a', 1], ['a', 1]], [[], []], [null, undefined]],
  execArgv: [[['--no-warnings'], ['--no-warnings']], [null, undefined]],
  env: [[{ A: 'b' }, { A: 'b' }], [SHARE_ENV, SHARE_ENV], [null, undefined]],
  workerData: [[null, null], [1, 1]],
  niceIncrement: [[0, 0], [19, 19], [2 ** 32, 40]],
  trackUnmanagedFds: [[false, false]],
  closeTimeout: [[0, 0], [1.5, 1.5], [Infinity, Infinity]],
  loadTimeout: [[1, 1], [Infinity, Infinity]],
  recordTiming: [[false, false], [0, false], [1, true]],
  stricterFIFO: [[true, true]],
  workerHistogram: [[true, true]]
};

for (const [option, pairs] of Object.entries(kValid)) {
  test(`a valid ${option} is taken over`, () => {
    for (const [given, expected] of pairs) {
      assert.deepEqual(Reflect.get(normalizeOptions({ [option]: given }), option), expected);
    }
  });
}

test('queues and balancers are taken over as they are', () => {
  const taskQueue = new FixedQueue();
  const loadBalancer = (/** @type {any} */ task, /** @type {any[]} */ workers) => workers[0];
  const options = normalizeOptions({ taskQueue, loadBalancer });
  assert.equal(options.taskQueue, taskQueue);
  assert.equal(options.loadBalancer, loadBalancer);
});

test('every option of the table has tests here', () => {
  const tested = new Set([...Object.keys(kInvalid), ...Object.keys(kValid)]);
  assert.deepEqual(Object.keys(optionTable).filter((option) => !tested.has(option)), []);
});

test('an option that is undefined has its default', () => {
  const undefinedOptions = Object.fromEntries(Object.keys(optionTable).map((option) => [option, undefined]));
  assert.deepEqual(normalizeOptions(undefinedOptions), normalizeOptions({}));
});

test('the one number of threads that is given moves the other one\'s default', () => {
  const { minThreads, maxThreads } = normalizeOptions({ minThreads: 500 });
  assert.deepEqual([minThreads, maxThreads], [500, 500]);
  assert.equal(normalizeOptions({ maxThreads: 1 }).minThreads, 1);
  assert.equal(normalizeOptions({ minThreads: 0 }).maxThreads, Math.ceil(availableParallelism() * 1.5));
});

test('numbers of threads that conflict are a RangeError', () => {
  assert.throws(() => normalizeOptions({ minThreads: 16, maxThreads: 8 }), {
    name: 'RangeError',
    code: 'ERR_ROCKPOOL_INVALID_OPTION',
    message: 'options.minThreads and options.maxThreads must not conflict',
    received: '16, 8'
  });
});

test('an automatic maxQueue is the square of maxThreads, whichever option made it', () => {
  assert.equal(normalizeOptions({ maxQueue: 'auto', maxThreads: 2 }).maxQueue, 4);
  assert.equal(normalizeOptions({ maxQueue: 'auto', minThreads: 50 }).maxQueue, 2500);
});

test('options are read from the object itself, never from a prototype', (t) => {
  t.after(() => { delete (/** @type {any} */ (Object.prototype)).execArgv; });
  Object.assign(Object.prototype, { execArgv: ['--not-a-flag'] });

  const options = normalizeOptions(Object.create({ filename: 'polluted' }));
  assert.equal(options.filename, null);
  assert.equal(options.execArgv, undefined);
  assert.equal(Object.getPrototypeOf(options), null);
  assert.equal(normalizeOptions(JSON.parse('{ "__proto__": { "name": "polluted" } }')).name, 'default');
});

test('the caller\'s object stays as it is, and what is no option of ours is kept', () => {
  const given = Object.freeze({ minThreads: 1, captureRejections: true });
  const options = normalizeOptions(given);
  assert.equal(Reflect.get(options, 'captureRejections'), true);
  options.minThreads = 0;
  assert.equal(given.minThreads, 1);
});

test('options that are no object are a TypeError', () => {
  for (const given of ['options', 1, true, Symbol('options'), () => {}]) {
    assert.throws(() => normalizeOptions(/** @type {any} */ (given)), {
      name: 'TypeError',
      message: 'options must be an object',
      code: 'ERR_ROCKPOOL_INVALID_ARGUMENT'
    });
  }
});

test('options of a task are checked', () => {
  for (const [options, argument, message] of [
    [null, 'options', /^options must be an object$/],
    [1, 'options', /^options must be an object$/],
    [{ transferList: 42 }, 'transferList', /^transferList argument must be an Array$/],
    [{ transferList: null }, 'transferList', /^transferList argument must be an Array$/],
    [{ filename: 42 }, 'filename', /^filename argument must be a string$/],
    [{ filename: 'file://host/%2F' }, 'filename', /^filename argument must be a string; a file: URL must be valid$/],
    [{ name: 42 }, 'name', /^name argument must be a string$/],
    [{ signal: 42 }, 'signal', /^signal argument must be an object$/],
    [{ signal: () => {} }, 'signal', /^signal argument must be an object$/],
    [{ signal: {} }, 'signal', /^signal argument must be an AbortSignal, an EventTarget or an EventEmitter$/]
  ]) {
    assert.throws(() => parseRunOptions(options), (/** @type {any} */ error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /** @type {RegExp} */ (message));
      assert.equal(Reflect.get(error, 'code'), 'ERR_ROCKPOOL_INVALID_ARGUMENT');
      assert.equal(Reflect.get(error, 'argument'), argument);
      return true;
    });
  }
});

test('options of a task are filled in', () => {
  const empty = { transferList: undefined, filename: null, name: null, signal: null };
  assert.deepEqual(parseRunOptions({}), empty);
  assert.deepEqual(parseRunOptions({ filename: null, name: undefined, signal: null }), empty);
  assert.deepEqual(parseRunOptions(Object.create({ name: 'polluted' })), empty);

  const signal = new EventEmitter();
  /** @type {any[]} */
  const transferList = [];
  assert.deepEqual(parseRunOptions({ filename: pathToFileURL(__filename).href, name: 'a', signal, transferList }),
    { filename: __filename, name: 'a', signal, transferList });
});

test('options of close() are checked', () => {
  assert.deepEqual(parseCloseOptions({}), { force: false });
  assert.deepEqual(parseCloseOptions({ force: true }), { force: true });
  assert.throws(() => parseCloseOptions(null), { name: 'TypeError', message: 'options must be an object' });
  assert.throws(() => parseCloseOptions({ force: 1 }),
    { name: 'TypeError', message: 'force argument must be a boolean', argument: 'force', received: '1' });
});

test('a duration that no timer can take is as long as a timer can be', () => {
  assert.equal(toTimerDelay(5), 5);
  assert.equal(toTimerDelay(1e12), 2 ** 31 - 1);
  assert.equal(toTimerDelay(Infinity), null);
});
