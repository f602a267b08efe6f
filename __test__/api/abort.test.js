'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, getEventListeners } = require('node:events');
const { test } = require('node:test');

const { AbortController: PolyfilledAbortController } = require('abort-controller');

const { AbortError, checkSignal, isAborted, reasonOf, watch: watchFor } = require('../../lib/abort');
const errors = require('../../lib/errors');

/** @type {import('../../lib/abort').Owner<(abort: import('../../lib/abort').Abort) => void>} Has to be told at once. */
const callbacks = { abort: (callback, abort) => callback(abort), withdraw: () => false };

/**
 * @param {import('../../lib/abort').AbortSignalAny} signal
 * @param {(abort: import('../../lib/abort').Abort) => void} callback
 */
const watch = (signal, callback) => watchFor(signal, callbacks, callback);

/** Every kind of signal, with what aborts it and what tells how many listen. */
const kSignals = {
  'an AbortSignal': () => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      abort: () => controller.abort(),
      count: () => getEventListeners(controller.signal, 'abort').length
    };
  },
  'another EventTarget': () => {
    const signal = new EventTarget();
    return {
      signal: /** @type {any} */ (signal),
      abort: () => signal.dispatchEvent(new Event('abort')),
      count: () => getEventListeners(signal, 'abort').length
    };
  },
  'an EventEmitter': () => {
    const signal = new EventEmitter();
    return { signal, abort: () => signal.emit('abort'), count: () => signal.listenerCount('abort') };
  }
};

for (const [kind, make] of Object.entries(kSignals)) {
  test(`thousands wait behind one listener of ${kind}`, () => {
    const { signal, abort, count } = make();
    let calls = 0;
    for (let i = 0; i < 5000; i++) watch(signal, () => { calls++; });
    assert.equal(count(), 1);
    abort();
    assert.equal(calls, 5000);
    assert.equal(count(), 0);
    abort();
    assert.equal(calls, 5000);
  });

  test(`who has stopped waiting for ${kind} is not called, and the last one takes the listener away`, () => {
    const { signal, abort, count } = make();
    /** @type {string[]} */
    const calls = [];
    const waiterA = watch(signal, () => calls.push('a'));
    const waiterB = watch(signal, () => calls.push('b'));
    waiterA.stop();
    waiterA.stop();
    assert.equal(count(), 1);
    const waiterC = watch(signal, () => calls.push('c'));
    waiterB.stop();
    abort();
    assert.deepEqual(calls, ['c']);
    waiterC.stop();

    const waiter = watch(signal, () => calls.push('d'));
    assert.equal(count(), 1);
    waiter.stop();
    assert.equal(count(), 0);
    abort();
    assert.deepEqual(calls, ['c']);
  });

  test(`a callback may stop others of ${kind}, and wait anew`, () => {
    const { signal, abort, count } = make();
    /** @type {string[]} */
    const calls = [];
    watch(signal, () => {
      calls.push('a');
      waiterB.stop();
    });
    const waiterB = watch(signal, () => calls.push('b'));
    const waiterC = watch(signal, () => calls.push('c'));
    abort();
    waiterC.stop();
    assert.deepEqual(calls, ['a', 'c']);

    const waiter = watch(signal, () => calls.push('again'));
    waiterB.stop();
    waiterC.stop();
    assert.equal(count(), 1, 'a stale waiter leaves the new round alone');
    waiter.stop();
    assert.equal(count(), 0);
  });
}

test('an error tells who aborted: by its cause if that is an error, else by its stack', () => {
  /** @param {unknown} reason */
  const abortTwoWith = (reason) => {
    const controller = new AbortController();
    /** @type {AbortError[]} */
    const made = [];
    // An error shows ten frames: as few of them as a pool has.
    /** @type {import('../../lib/abort').Owner<null>} */
    const owner = { abort: (_, abort) => { made.push(abort.error()); }, withdraw: () => false };
    watchFor(controller.signal, owner, null);
    watchFor(controller.signal, owner, null);
    controller.abort(reason);
    return made;
  };
  const { stackTraceLimit } = Error;
  const reason = new Error('because');
  for (const error of abortTwoWith(reason)) {
    assert.equal(error.cause, reason);
    assert.equal(error.stack, 'AbortError: The task has been aborted');
  }
  const [first, second] = abortTwoWith('because');
  assert.notEqual(first, second);
  assert.equal(first.cause, 'because');
  assert.match(String(first.stack), /^AbortError: The task has been aborted\n.*abortTwoWith/s);
  assert.equal(second.stack, first.stack);
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
});

test('one function may wait twice', () => {
  const { signal, abort } = kSignals['an EventEmitter']();
  let calls = 0;
  const callback = () => { calls++; };
  watch(signal, callback);
  const waiter = watch(signal, callback);
  waiter.stop();
  abort();
  assert.equal(calls, 1);
});

test('an AbortController of the abort-controller package works', () => {
  const controller = new PolyfilledAbortController();
  checkSignal(controller.signal);
  let calls = 0;
  watch(controller.signal, () => { calls++; });
  assert.equal(isAborted(controller.signal), false);
  controller.abort();
  assert.equal(isAborted(controller.signal), true);
  assert.equal(calls, 1);
});

test('an emitter that can only be listened to is enough', () => {
  /** @type {Array<() => void>} */
  const listeners = [];
  /** @param {string} name @param {() => void} listener */
  const once = (name, listener) => { listeners.push(listener); };
  const signal = { once };
  checkSignal(signal);
  let calls = 0;
  watch(signal, () => { calls++; }).stop();
  for (const listener of listeners) listener();
  assert.equal(calls, 0);
});

test('what cannot be listened to is a TypeError', () => {
  for (const signal of [42, 'signal', null, undefined, () => {}, {}, [], Object.create(null), { aborted: true }]) {
    assert.throws(() => checkSignal(signal),
      { name: 'TypeError', code: 'ERR_ROCKPOOL_INVALID_ARGUMENT', argument: 'signal' });
  }
});

test('state and reason are the signal\'s', () => {
  const signal = AbortSignal.abort('because');
  assert.equal(isAborted(signal), true);
  assert.equal(reasonOf(signal), 'because');
  assert.equal(isAborted(new EventEmitter()), false);
  assert.equal(reasonOf(new EventEmitter()), undefined);
});

test('the error of an aborted task is the same class here and in the table of errors', () => {
  assert.equal(AbortError, errors.AbortError);
});
