'use strict';

const { follow, process, Promise, setImmediate } = require('../host');

/** @type {Set<() => void>} */
const waiting = new Set();

function giveUp () {
  // One more turn of the event loop, so that 'beforeExit' comes again for those who begin to wait because of this.
  setImmediate(() => {});
  for (const reject of [...waiting]) reject();
}

/**
 * The outcome of a promise, or an error when it can no longer settle: this thread has nothing left to wait for, no
 * timer, no socket, no message. Node says so with 'beforeExit', in a Worker too; a thread that keeps itself alive while
 * it waits never gets there, so whoever uses this must let go of the thread's own ports meanwhile.
 *
 * @template T
 * @param {PromiseLike<T>} promise
 * @param {() => Error} toError
 * @returns {Promise<T>}
 */
function untilIdle (promise, toError) {
  return new Promise((resolve, reject) => {
    const onIdle = () => {
      done();
      reject(toError());
    };
    const done = () => {
      waiting.delete(onIdle);
      if (waiting.size === 0) process.off('beforeExit', giveUp);
    };

    if (waiting.size === 0) process.on('beforeExit', giveUp);
    waiting.add(onIdle);
    follow(promise, (value) => {
      done();
      resolve(value);
    }, (error) => {
      done();
      reject(error);
    });
  });
}

module.exports = { untilIdle };
