'use strict';

const { follow, process, Promise, setImmediate, setTimeout } = require('../host');

/** Milliseconds: how long a thread that has nothing to wait for is kept alive, until it is looked at again. */
const STRETCH = 100;

/** Milliseconds: for how long there may be nothing to wait for. */
let patience = 10_000;

/** @param {number} milliseconds may be Infinity */
function setPatience (milliseconds) {
  patience = milliseconds;
}

/** @type {Set<() => void>} */
const waiting = new Set();

function beIdle () {
  setTimeout(setImmediate, STRETCH, () => {
    for (const onStretch of [...waiting]) onStretch();
  });
}

/**
 * The outcome of a promise, or an error when most likely nothing will settle it: this thread has had nothing left to
 * wait for, no timer, no socket, no message, for as long as our patience lasts. Node reports that by 'beforeExit', in a
 * Worker too. A thread that keeps itself alive never gets there, so the caller must unref the thread's own ports
 * meanwhile.
 *
 * It is never certain: an unref'd timer or BroadcastChannel, or `Atomics.waitAsync`, keeps no thread alive and may still
 * settle the promise. Hence the patience. It is counted in stretches, each of which ends after the event loop has looked
 * for events: time for which the process stood still is one stretch.
 *
 * @template T
 * @param {PromiseLike<T>} promise
 * @param {() => Error} toError
 * @returns {Promise<T>}
 */
function untilIdle (promise, toError) {
  return new Promise((resolve, reject) => {
    let idle = 0;
    const onStretch = () => {
      idle += STRETCH;
      if (idle < patience) return;
      done();
      reject(toError());
    };
    const done = () => {
      waiting.delete(onStretch);
      if (waiting.size === 0) process.off('beforeExit', beIdle);
    };

    if (waiting.size === 0) process.on('beforeExit', beIdle);
    waiting.add(onStretch);
    follow(promise, (value) => {
      done();
      resolve(value);
    }, (error) => {
      done();
      reject(error);
    });
  });
}

module.exports = { setPatience, untilIdle };
