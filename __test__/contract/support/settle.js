'use strict';

/** Bounded waiting: what does not settle is reported by name. */

class Hang extends Error {
  /** @param {string} what */
  constructor (what) {
    super(`${what} never happened`);
    this.what = what;
  }
}

const hang = {
  Hang,
  /** Milliseconds until a wait is given up. Only a fault lets it pass. */
  patience: 8_000,
  /** What the test waits for now: named too when the process runs out of work before. */
  waitingFor: 'the end of the test'
};

/**
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function settled (what, promise) {
  hang.waitingFor = what;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    // Unreferenced: a process that has nothing else left to do has lost the task, and that is found at once.
    timer = setTimeout(() => reject(new Hang(what)), hang.patience).unref();
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
    hang.waitingFor = 'the end of the test';
  }
}

/**
 * What became of a promise, as a value to compare.
 *
 * @param {string} what
 * @param {Promise<any>} promise
 * @returns {Promise<{ value?: any, error?: any, outcome: 'fulfilled' | 'rejected' }>}
 */
function outcomeOf (what, promise) {
  return settled(what, promise.then(
    (value) => ({ outcome: /** @type {const} */ ('fulfilled'), value }),
    (error) => ({ outcome: /** @type {const} */ ('rejected'), error })
  ));
}

/** Lets everything that is due on this thread happen. */
async function turns (count = 20) {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * The messages of an error and of its causes.
 *
 * @param {any} error
 * @returns {string[]}
 */
function messagesOf (error) {
  const messages = [];
  for (let link = error; link !== undefined && link !== null && messages.length < 10; link = link.cause) messages.push(String(link.message));
  return messages;
}

module.exports = { hang, messagesOf, outcomeOf, settled, turns };
