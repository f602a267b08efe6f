'use strict';

/** Bounds how many files are in flight, so that memory does not grow with the folder. */
class InFlight {
  #limit;
  #count = 0;
  /** @type {(() => void) | null} */
  #wake = null;

  /** @param {number} limit */
  constructor (limit) {
    this.#limit = limit;
  }

  /** Waits until there is room. */
  async room () {
    while (this.#count >= this.#limit) await this.#change();
  }

  /** Waits until nothing is in flight. */
  async none () {
    while (this.#count > 0) await this.#change();
  }

  /** @param {() => Promise<void>} job must not reject */
  async start (job) {
    this.#count++;
    try {
      await job();
    } finally {
      this.#count--;
      this.#wake?.();
    }
  }

  /** One caller at a time waits here: the loop that feeds the pool. */
  #change () {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
    });
  }
}

module.exports = { InFlight };
