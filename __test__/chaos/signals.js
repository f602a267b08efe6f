'use strict';

const { EventEmitter, getEventListeners } = require('node:events');

// Taken before any fault replaces them.
const { AbortController, Event, EventTarget } = globalThis;

/**
 * What a task can be aborted with: of each kind that `run()` takes one. `reason` is what its error must name as its
 * cause, where the kind has one.
 */
const kinds = {
  AbortSignal () {
    const controller = new AbortController();
    return { signal: controller.signal, abort: (/** @type {any} */ reason) => controller.abort(reason), hasReason: true };
  },
  EventTarget () {
    const signal = new EventTarget();
    return { signal, abort: () => signal.dispatchEvent(new Event('abort')), hasReason: false };
  },
  EventEmitter () {
    const signal = new EventEmitter();
    return { signal, abort: () => signal.emit('abort'), hasReason: false };
  }
};

/** @param {any} signal */
function listenersOf (signal) {
  return signal instanceof EventEmitter ? signal.listenerCount('abort') : getEventListeners(signal, 'abort').length;
}

module.exports = { kinds, listenersOf };
