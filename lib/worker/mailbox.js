'use strict';

const { Atomics, Promise, receiveMessageOnPort } = require('../host');
const { messages: { WAKE, ANNOUNCE, CANCEL, FORGET } } = require('../protocol/tables');
const { park } = require('./park');

/** In place of the `kind` of a message that could not be deserialized. */
const UNREADABLE = -1;

/**
 * The messages of the main thread to a worker: values of tasks, and wake-ups for a worker that waits in its event loop.
 *
 * A value is always posted before or right after its task is handed over, and says which task it is for. One that this
 * thread cannot deserialize says nothing. So where several tasks can be under way each value is announced before it.
 * Elsewhere it is for the one task that there is, or for one that was aborted before it started; that the value is to be
 * forgotten is then posted before this thread can take another task.
 */
class Mailbox {
  /**
   * @param {import('node:worker_threads').MessagePort} port
   * @param {Int32Array} wakeWord changes with every message of a task
   * @param {() => void} onWake
   * @param {(epoch: number) => void} spinWait waits awake, not for long, until the wake word is another than this
   */
  constructor (port, wakeWord, onWake, spinWait) {
    this.spinWait = spinWait;
    this.port = port;
    this.wakeWord = wakeWord;
    this.onWake = onWake;
    this.isOpen = false;
    /** @type {Map<string, any>} Messages whose task has not been taken. */
    this.arrived = new Map();
    /** @type {Map<string, (message: any) => void>} Tasks whose message has not arrived. */
    this.expected = new Map();
    /** @type {string[]} Tasks whose message follows. Getters of a value may have sent others before it. */
    this.announced = [];
    /** @type {any} What stands for an unreadable message until its task is known. */
    this.unclaimed = undefined;
  }

  /** Begins to listen, which keeps this thread alive. */
  open () {
    this.isOpen = true;
    this.port.on('message', (message) => {
      this.accept(message);
      this.onWake();
    });
    this.port.on('messageerror', (error) => {
      this.acceptUnreadable(error);
      this.onWake();
    });
  }

  /** @param {any} message */
  accept (message) {
    if (message.kind === WAKE) return;
    const key = keyOf(message.index, message.seq);
    if (message.kind === ANNOUNCE) {
      this.announced.push(key);
      return;
    }
    if (message.kind === FORGET) {
      // The value is among those that arrived, or it was unreadable, or the task has taken it.
      if (!this.arrived.delete(key)) this.unclaimed = undefined;
      return;
    }
    if (this.announced.length > 0) this.announced = this.announced.filter((other) => other !== key);
    this.acceptFor(key, message);
  }

  /** @param {unknown} error what deserializing a message threw */
  acceptUnreadable (error) {
    const message = { kind: UNREADABLE, value: error };
    // A task that is expected has looked through all that was posted before it was taken: this is its own.
    const key = this.announced.pop() ?? this.expected.keys().next().value;
    if (key === undefined) this.unclaimed = message;
    else this.acceptFor(key, message);
  }

  /**
   * @param {string} key
   * @param {any} message
   */
  acceptFor (key, message) {
    const deliver = this.expected.get(key);
    if (deliver !== undefined) {
      this.expected.delete(key);
      deliver(message);
    } else {
      this.arrived.set(key, message);
    }
  }

  /**
   * The value, if it is here.
   *
   * @param {number} index
   * @param {number} seq
   * @returns {{ value: any } | undefined}
   */
  take (index, seq) {
    const key = keyOf(index, seq);
    for (;;) {
      const message = this.arrived.get(key);
      if (message !== undefined) {
        this.arrived.delete(key);
        return { value: valueOf(message) };
      }
      try {
        const entry = receiveMessageOnPort(this.port);
        if (entry === undefined) break;
        this.accept(entry.message);
      } catch (error) {
        this.acceptUnreadable(error);
      }
    }
    // Only now: what follows an unreadable message in the port may say that it is to be forgotten.
    const { unclaimed } = this;
    this.unclaimed = undefined;
    return unclaimed === undefined ? undefined : { value: valueOf(unclaimed) };
  }

  /**
   * Sleeps until the value is here.
   *
   * @param {number} index
   * @param {number} seq
   * @returns {any}
   */
  wait (index, seq) {
    for (;;) {
      // Read before the look at the port: a message posted after it changes the word and ends the sleep at once.
      const epoch = Atomics.load(this.wakeWord, 0);
      const taken = this.take(index, seq);
      if (taken !== undefined) return taken.value;
      // It is mostly on its way: for a short time that is awaited awake.
      this.spinWait(epoch);
      park(this.wakeWord, epoch);
    }
  }

  /**
   * The value once it is here.
   *
   * @param {number} index
   * @param {number} seq
   * @returns {Promise<any>}
   */
  expect (index, seq) {
    return new Promise((resolve, reject) => {
      this.expected.set(keyOf(index, seq), (message) => {
        try {
          resolve(valueOf(message));
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

/**
 * @param {number} index
 * @param {number} seq
 */
function keyOf (index, seq) {
  return `${index}:${seq}`;
}

/** @param {any} message */
function valueOf (message) {
  // The main thread has settled the task already: this error goes nowhere.
  if (message.kind === CANCEL) throw new Error('the task was cancelled');
  if (message.kind === UNREADABLE) throw message.value;
  return message.value;
}

module.exports = { Mailbox };
