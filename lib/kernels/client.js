'use strict';

const { constants } = require('node:buffer');
const native = require('../binding');
const { outside } = require('../host');
const { kernelEvents, kernelFields } = require('../protocol/tables');
const { Poller } = require('./poller');
const { counters } = require('./counters');

/** @typedef {import('./call').KernelCall} KernelCall */

// How the native side tells an event.
const { ID, KIND, THIRD, FOURTH, WAITED, RAN, COUNT, VALUES } = kernelFields;
const { DONE, FAILED } = kernelEvents;

/**
 * Memory for the output of a call on this thread. It is V8's own, so that a garbage collection frees it; memory of the
 * native side would be freed only when the event loop turns.
 *
 * @param {number} length
 */
function allocate (length) {
  return new Uint8Array(length);
}

/** The kernel calls of this thread: which are on their way, and how they are told of it. */
class KernelClient {
  constructor () {
    /** @type {Map<number, KernelCall>} */
    this.calls = new Map();
    // Where the native side tells one event after the other.
    this.numbers = new Float64Array(COUNT);
    this.values = new Array(VALUES).fill(undefined);
    this.native = new native.NativeKernels(
      () => this.poller.rise(), this.numbers, this.values, allocate, constants.MAX_LENGTH);
    this.poller = new Poller(this.native, () => this.next(), () => this.calls.size);
  }

  /** @param {KernelCall} call that was started */
  add (call) {
    this.calls.set(call.id, call);
    counters.started++;
    this.poller.begin();
  }

  /**
   * Tells a call of its next event.
   *
   * @returns {boolean} false where there is none
   */
  next () {
    if (!this.native.collect()) return false;
    const event = this.take();
    const { kind } = event;
    const call = this.calls.get(event.id);
    if (call === undefined) return true;
    if (kind !== DONE && kind !== FAILED) {
      call.progress(event.third, event.fourth);
      return true;
    }
    this.calls.delete(call.id);
    counters.ended++;
    if (kind === FAILED) counters.failed++;
    call.waited = event.waited;
    call.ran = event.ran;
    this.poller.learn(event.waited + event.ran);
    try {
      call.settle(kind === FAILED, event.first, event.second, event.third, event.fourth);
    } catch (error) {
      // Whatever it was: the caller hears of it, and those of the calls after it hear of their ends.
      call.reject(error);
    }
    return true;
  }

  /** Takes the event that was told: an answer may be much memory, and must not stay. */
  take () {
    const { numbers, values } = this;
    const event = {
      id: numbers[ID],
      kind: numbers[KIND],
      first: values[0],
      second: values[1],
      third: values[2] ?? numbers[THIRD],
      fourth: values[3] ?? numbers[FOURTH],
      waited: numbers[WAITED],
      ran: numbers[RAN]
    };
    for (let at = 0; at < VALUES; at++) values[at] = undefined;
    return event;
  }

  /** @param {number} id */
  cancel (id) {
    this.native.cancel(id);
  }
}

/** @type {KernelClient | null} */
let theClient = null;

/** @returns {KernelClient} That of this thread, made by the first kernel. */
function client () {
  theClient ??= outside(() => new KernelClient());
  return theClient;
}

module.exports = { client };
