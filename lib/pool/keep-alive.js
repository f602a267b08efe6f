'use strict';

const { clearInterval, queueMicrotask, setInterval } = require('../host');

/** Milliseconds between two looks at whether it is true that tasks are unsettled. */
const BETWEEN = 1000;

/**
 * Keeps the event loop alive while tasks are unsettled. The workers, their ports and the bell never do, so that an
 * idle pool lets the process end.
 */
class KeepAlive {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    /** @type {NodeJS.Timeout | null} */
    this.timer = null;
    this.held = false;
  }

  hold () {
    if (this.held) return;
    // Not in the caller's script, which may be cut short (cut-short.js).
    if (this.timer === null) queueMicrotask(() => this.begin());
    else this.timer.ref();
    // Last: where a script is ended before this, the next task does it once more.
    this.held = true;
  }

  begin () {
    if (this.held && this.timer === null) this.timer = setInterval(tickOf(this), BETWEEN);
  }

  /** From an empty stack: what was cut short may have left a task behind, or this. */
  check () {
    this.pool.cutShort.heal();
    if (this.pool.table.size === 0) this.dispose();
  }

  release () {
    if (!this.held) return;
    this.held = false;
    this.timer?.unref();
  }

  /** Gives the timer up; the next `hold` makes a new one. */
  dispose () {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.held = false;
  }
}

/**
 * The timer must not hold the pool, which is free to go when it is idle.
 *
 * @param {KeepAlive} keepAlive
 */
function tickOf (keepAlive) {
  const weak = new WeakRef(keepAlive);
  return /** @this {NodeJS.Timeout} */ function () {
    const keepAlive = weak.deref();
    if (keepAlive?.timer === this) keepAlive.check();
    else clearInterval(this);
  };
}

module.exports = { KeepAlive };
