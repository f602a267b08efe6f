'use strict';

/**
 * Memory that a test and its workers share: a log of who ran, in order, and gates that a task waits at until the test
 * opens them. Tests prove what ran and when by these, not by time.
 */

const { hang } = require('./settle.js');

const gates = 16;
const logCapacity = 4096;

/** Word 0 counts the log, the gates follow, then the log. */
const firstGate = 1;
const firstEntry = firstGate + gates;

class Board {
  /** @param {SharedArrayBuffer} [memory] */
  constructor (memory = new SharedArrayBuffer((firstEntry + logCapacity) * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.words = new Int32Array(memory);
  }

  /** @param {number} entry */
  log (entry) {
    this.words[firstEntry + Atomics.add(this.words, 0, 1)] = entry;
  }

  /** What was logged, in order. */
  get entries () {
    return [...this.words.subarray(firstEntry, firstEntry + Atomics.load(this.words, 0))];
  }

  /**
   * Blocks the calling worker until the gate is open.
   *
   * @param {number} gate
   */
  waitAt (gate) {
    Atomics.wait(this.words, firstGate + gate, 0);
  }

  /** @param {number} gate */
  open (gate) {
    Atomics.store(this.words, firstGate + gate, 1);
    Atomics.notify(this.words, firstGate + gate);
  }

  /** @param {number} gate */
  isOpen (gate) {
    return Atomics.load(this.words, firstGate + gate) === 1;
  }

  /**
   * Waits, with the event loop running, until so many entries are logged.
   *
   * @param {number} count
   * @param {string} what for the report, if they never are
   */
  async logged (count, what) {
    const deadline = Date.now() + hang.patience;
    while (this.entries.length < count) {
      if (Date.now() > deadline) throw new hang.Hang(what);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

module.exports = { Board };
