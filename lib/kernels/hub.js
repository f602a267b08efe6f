'use strict';

const { constants } = require('node:buffer');
const native = require('../binding');
const { outside } = require('../host');
const { Poller } = require('./poller');
const { tally } = require('./tally');

/** @typedef {import('./call').KernelCall} KernelCall */

// Places and meanings of an event's fields, as in src/binding/kernels/local.rs.
const kFields = 8;
const kDone = 0;
const kFailed = 1;

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
class Hub {
  constructor () {
    /** @type {Map<number, KernelCall>} */
    this.calls = new Map();
    const deliver = (/** @type {any[]} */ events) => this.deliver(events);
    this.native = new native.KernelHub(deliver, allocate, constants.MAX_LENGTH);
    this.poller = new Poller(this.native, deliver, () => this.calls.size);
  }

  /** @param {KernelCall} call that was started */
  add (call) {
    this.calls.set(call.id, call);
    tally.started++;
    this.poller.begin();
  }

  /** @param {any[]} events */
  deliver (events) {
    for (let at = 0; at < events.length; at += kFields) {
      const id = events[at];
      const kind = events[at + 1];
      const call = this.calls.get(id);
      if (call === undefined) continue;
      if (kind === kDone || kind === kFailed) {
        this.calls.delete(id);
        tally.ended++;
        if (kind === kFailed) tally.failed++;
        call.waited = events[at + 6];
        call.ran = events[at + 7];
        this.poller.learn(events[at + 6] + events[at + 7]);
        call.settle(kind === kFailed, events[at + 2], events[at + 3], events[at + 4], events[at + 5]);
      } else {
        call.progress(events[at + 2], events[at + 3]);
      }
    }
  }

  /** @param {number} id */
  cancel (id) {
    this.native.cancel(id);
  }
}

/** @type {Hub | null} */
let theHub = null;

/** @returns {Hub} That of this thread, made by the first kernel. */
function hub () {
  theHub ??= outside(() => new Hub());
  return theHub;
}

module.exports = { hub, kFailed };
