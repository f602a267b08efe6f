'use strict';

const { queueMicrotask } = require('./host');

/**
 * The calls that are under way on this thread, by what they deal with.
 *
 * V8 can end a script wherever it calls a function or goes back in a loop, and then neither `catch` nor `finally` runs:
 * `vm` does so to a script that takes longer than its `timeout`. If the script was in a call of ours just then, the call
 * is left half done. So each call leaves a trace while it is under way. A trace that is found may be that of a call which
 * the new one was made from, by a getter for example, or of one that was cut short. A microtask tells: none runs before
 * the stack is empty, and then nothing can be under way.
 *
 * @template T
 */
class UnderWay {
  /** @param {(cut: T[]) => void} heal gets what was cut short */
  constructor (heal) {
    /** @type {T | null} What the innermost call deals with. */
    this.current = null;
    /**
     * @type {T[]} That of the calls around it. Not all in one list: an array that gets its first element and loses it
     * costs more than the rest of this.
     */
    this.outer = [];
    this.isPlanned = false;
    this.look = () => {
      this.isPlanned = false;
      heal(this.take());
    };
  }

  /** @param {T} item what the call that begins deals with */
  begin (item) {
    if (this.current !== null) this.nest(this.current);
    this.current = item;
  }

  /** @param {T} outer */
  nest (outer) {
    this.plan();
    this.outer.push(outer);
  }

  /** @param {T} item what the call that is over has dealt with */
  end (item) {
    if (this.current === item) this.current = this.outer.length === 0 ? null : this.outer.pop() ?? null;
    // A call that was made from it was cut short.
    else this.outer.splice(this.outer.indexOf(item), 1);
  }

  /** Looks once the stack is empty. */
  plan () {
    if (this.isPlanned) return;
    queueMicrotask(this.look);
    this.isPlanned = true;
  }

  /** @returns {T[]} all traces, which are gone then: to be called where nothing can be under way */
  take () {
    const traces = this.outer.splice(0);
    if (this.current !== null) traces.push(this.current);
    this.current = null;
    return traces;
  }
}

module.exports = { UnderWay };
