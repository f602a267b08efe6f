'use strict';

const assert = require('node:assert/strict');
const { MessageChannel, threadId } = require('node:worker_threads');
const { move, transferableSymbol, valueSymbol } = require('../../..');

// Loaded when asked for: most workers only send back what they get.
const values = () => require('../values.js');
const same = () => require('../same.js');

/**
 * @param {string} name
 * @returns {unknown} a new value of the lists in values.js
 */
function makeByName (name) {
  const { nasty, uncloneable } = values();
  for (const [known, ...rest] of [...nasty, ...uncloneable]) {
    const make = rest.at(-1);
    if (known === name && typeof make === 'function') return make();
  }
  throw new Error(`no value is named ${name}`);
}

/**
 * @param {unknown} value
 * @param {any[]} list what to transfer with it
 * @returns {unknown} what a handler returns to have its result posted
 */
function posted (value, list) {
  return move(/** @type {any} */ ({ [transferableSymbol]: list, [valueSymbol]: value }));
}

/** @type {string[]} */
let log = [];

/** @type {Int32Array} */
let starts = new Int32Array(1);

module.exports = {
  echo: (/** @type {unknown} */ value) => value,

  echoLater: async (/** @type {unknown} */ value) => {
    await new Promise(setImmediate);
    return value;
  },

  echoPosted: (/** @type {unknown} */ value) => posted(value, [new ArrayBuffer(1)]),

  echoMoved: (/** @type {any} */ value) => move(value),

  /** Moves the buffers named in `list`. */
  echoTransferred: (/** @type {any} */ { value, list }) => posted({ value, list }, list),

  make: (/** @type {string} */ name) => makeByName(name),

  makePosted: (/** @type {string} */ name) => posted(makeByName(name), []),

  /** Asserts here what arrived: nothing that comes back could cover up a fault of the way there. */
  compare: (/** @type {{ name: string, value: unknown }} */ { name, value }) => {
    same().assertSame(value, structuredClone(makeByName(name)));
    return 'compared';
  },

  build: (/** @type {any} */ recipe) => {
    const built = values().build(recipe);
    log = built.log;
    return built.value;
  },

  getterLog: () => log,

  wait: (/** @type {Int32Array} */ gate) => {
    Atomics.add(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
  },

  /** Names the memory for the order of what starts from now on: how many, then which. */
  record: (/** @type {Int32Array} */ memory) => { starts = memory; },

  numbered: (/** @type {any} */ value) => {
    starts[++starts[0]] = typeof value === 'number' ? value : value[0];
  },

  threadId: () => threadId,

  fill: (/** @type {any} */ memory) => {
    const view = ArrayBuffer.isView(memory)
      ? new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength)
      : new Uint8Array(memory);
    view.fill(7);
    return view.byteLength;
  },

  measure: (/** @type {any} */ value) => {
    const bytes = ArrayBuffer.isView(value) ? value.byteLength : value.length;
    return [bytes, value[0], value[value.length - 1]];
  },

  bufferLength: (/** @type {ArrayBufferView} */ view) => [view.byteLength, view.buffer.byteLength],

  ownMoved: (/** @type {string} */ kind) => {
    switch (kind) {
      case 'pooled': return move(Buffer.from('a pooled one'));
      case 'part': return move(new Uint8Array(new ArrayBuffer(100), 10, 20).fill(3));
      case 'whole': return move(new Float64Array([1, 2, 3]));
      case 'shared': return move(new SharedArrayBuffer(8));
      case 'view of shared': return move(new Uint8Array(new SharedArrayBuffer(8), 2, 4).fill(5));
      default: throw new Error(kind);
    }
  },

  answerOn: (/** @type {{ port: import('node:worker_threads').MessagePort }} */ { port }) => {
    port.on('message', (/** @type {unknown} */ message) => {
      port.postMessage(['answer', message]);
      port.close();
    });
  },

  openChannel: () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage('from the worker');
    port1.close();
    return move(port2);
  },

  detached: (/** @type {any} */ value) => {
    assert.ok(value.byteLength > 0);
    return structuredClone(value, { transfer: [value] }).byteLength;
  }
};
