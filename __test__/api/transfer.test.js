'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { MessageChannel, MessagePort, receiveMessageOnPort } = require('node:worker_threads');

const RealPiscina = require('piscina');

const { kMovable, kTransferable, kValue } = require('../../lib/symbols');
const { isMovable, isTransferable, isUntransferable, markMovable, move, unwrapMovable } = require('../../lib/transfer');
const { pooledTogether } = require('../fixtures/pooled');

/**
 * Sends a value as a pool does, and gives what arrives.
 *
 * @param {any} wrapped
 * @param {any[]} [transferList]
 */
function send (wrapped, transferList) {
  const { port1, port2 } = new MessageChannel();
  try {
    const unwrapped = unwrapMovable(wrapped, transferList);
    port1.postMessage(unwrapped.value, unwrapped.transferList);
    return receiveMessageOnPort(port2)?.message;
  } finally {
    port1.close();
  }
}

/** @param {ArrayBuffer} buffer */
const isDetached = (buffer) => buffer.byteLength === 0;

test('the symbols are piscina\'s', () => {
  assert.equal(kTransferable, RealPiscina.transferableSymbol);
  assert.equal(kValue, RealPiscina.valueSymbol);
});

test('move() gives back what cannot be moved at all', () => {
  const handler = () => {};
  for (const value of [null, undefined, 1, false, 'text', 1n, kValue, handler]) assert.equal(move(value), value);
});

test('a buffer is moved', () => {
  const buffer = new ArrayBuffer(5);
  const wrapped = move(buffer);
  assert.ok(isTransferable(wrapped) && isMovable(wrapped));
  assert.equal(wrapped[kTransferable], buffer);
  assert.equal(wrapped[kValue], buffer);
  assert.equal(send(wrapped).byteLength, 5);
  assert.ok(isDetached(buffer));
});

test('nothing happens to a value before it is sent', () => {
  const buffer = new ArrayBuffer(5);
  unwrapMovable(move(buffer));
  assert.equal(buffer.byteLength, 5);
});

test('a view takes its whole buffer with it', () => {
  const buffer = new ArrayBuffer(16);
  const part = new Uint16Array(buffer, 4, 2).fill(7);
  const whole = new Uint8Array(buffer);
  const received = send(move(part));
  assert.ok(received instanceof Uint16Array);
  assert.deepEqual([...received], [7, 7]);
  assert.equal(received.buffer.byteLength, 16);
  assert.ok(isDetached(buffer));
  assert.equal(whole.length, 0);
});

test('a port is moved', () => {
  const { port1, port2 } = new MessageChannel();
  const received = send(move(port1));
  assert.ok(received instanceof MessagePort);
  received.close();
  port2.close();
});

test('a value that says itself what to move is asked once, and marked', () => {
  const buffers = [new ArrayBuffer(1), new ArrayBuffer(2)];
  let asked = 0;
  const value = {
    get [kTransferable] () {
      asked++;
      return buffers;
    },
    get [kValue] () { return { buffers, kept: true }; }
  };
  assert.equal(isMovable(value), false);
  assert.equal(move(value), value);
  assert.equal(isMovable(value), true);
  assert.deepEqual(Object.keys(value), [], 'the mark is not seen');

  assert.deepEqual(send(value), { buffers: [new ArrayBuffer(1), new ArrayBuffer(2)], kept: true });
  assert.equal(asked, 1);
  assert.ok(buffers.every(isDetached));
});

test('a frozen one is moved through a wrapper', () => {
  const buffer = new ArrayBuffer(3);
  const value = Object.freeze({ [kTransferable]: buffer, [kValue]: { buffer } });
  assert.equal(send(move(value)).buffer.byteLength, 3);
  assert.ok(isDetached(buffer));
});

test('what a real piscina has wrapped is understood', () => {
  const buffer = new ArrayBuffer(5);
  const wrapped = RealPiscina.move(buffer);
  assert.equal(wrapped[kMovable], undefined, 'its mark is a symbol of its own');
  assert.ok(isMovable(wrapped));
  assert.equal(send(wrapped).byteLength, 5);
  assert.ok(isDetached(buffer));

  const notMarked = { [kTransferable]: [], [kValue]: {}, [Symbol('Piscina.kMovable')]: false };
  assert.equal(isMovable(notMarked), false);
});

test('a mark alone moves nothing, and what is not marked stays as it is', () => {
  const plain = markMovable({ a: 1 });
  assert.equal(isMovable(plain), false);
  const transferable = { [kTransferable]: new ArrayBuffer(1), [kValue]: 1 };
  assert.deepEqual(unwrapMovable(transferable), { value: transferable, transferList: [] });
});

test('what is moved joins the caller\'s list, which stays as it is', () => {
  const first = new ArrayBuffer(1);
  const second = new ArrayBuffer(2);
  const list = Object.freeze([first]);
  const { value, transferList } = unwrapMovable(move(second), list);
  assert.equal(value, second);
  assert.deepEqual(transferList, [first, second]);
  assert.equal(list.length, 1);
});

test('a pooled Buffer is copied, and every other pooled one stays whole', () => {
  const [pooled, neighbour] = pooledTogether('pooled', 'neighbour');

  const received = send(move(pooled));
  assert.equal(Buffer.from(received).toString(), 'pooled');
  assert.equal(pooled.toString(), 'pooled');
  assert.equal(neighbour.toString(), 'neighbour');
});

test('a view of another kind over pooled memory is copied too', () => {
  const pooled = Buffer.allocUnsafe(64);
  const view = new DataView(pooled.buffer, pooled.byteOffset, 8);
  view.setFloat64(0, 1.5);
  const received = send(move(view));
  assert.ok(received instanceof DataView);
  assert.equal(received.getFloat64(0), 1.5);
});

test('pooled memory in a list of several is copied, the rest is moved', () => {
  const pooled = Buffer.from('pooled');
  const buffer = new ArrayBuffer(4);
  const value = { [kTransferable]: [pooled.buffer, buffer], [kValue]: { pooled, buffer } };
  const received = send(move(value));
  assert.equal(Buffer.from(received.pooled).toString(), 'pooled');
  assert.equal(pooled.toString(), 'pooled');
  assert.ok(isDetached(buffer));
});

test('a Buffer with memory of its own is moved', () => {
  const own = Buffer.from(new ArrayBuffer(10_000));
  assert.equal(send(move(own)).byteLength, 10_000);
  assert.ok(isDetached(own.buffer));
});

test('where Node can tell, the slab of small Buffers is known', {
  skip: 'isMarkedAsUntransferable' in require('node:worker_threads')
    ? false
    : 'this Node cannot tell; it ignores such a buffer in a transfer list'
}, () => {
  assert.equal(isUntransferable(Buffer.from('pooled').buffer), true);
  assert.equal(isUntransferable(new ArrayBuffer(1)), false);
});
