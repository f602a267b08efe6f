'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

const { encode } = require('../../lib/codec/encode.js');
const { decode } = require('../../lib/codec/decode.js');
const { ALIGN_FROM, ALIGNMENT } = require('../../lib/codec/tags.js');
const { assertSame } = require('./same.js');

// What the codec does otherwise for many objects, for much text, and for large buffers: around the sizes at which it does.

const memory = new Uint8Array(4 << 20);

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/** @param {unknown} value @param {number} [offset] */
function send (value, offset = 24) {
  const end = encode(value, memory, offset, memory.length);
  assert.notEqual(end, -1, 'it goes inline');
  return { end, value: decode(memory, offset, end) };
}

/** @param {number} length @param {number} at */
const text = (length, at) => Array.from({ length }, (_, unit) => String.fromCharCode(1 + (at * 31 + unit * 7) % 255)).join('');

describe('many objects', () => {
  for (const count of [15, 16, 17, 18, 100, 5000]) {
    it(`are the same where they were the same: ${count}`, () => {
      const objects = Array.from({ length: count }, (_, id) => ({ id }));
      // Each is met again: some at once, some when all have been seen, some in between.
      const value = objects.flatMap((object, at) => [object, object, objects[at >> 1], [objects[0]]]);
      assertSame(send([value, objects, value]).value, structuredClone([value, objects, value]));
    });
  }

  it('are let go of', () => {
    send(Array.from({ length: 100 }, (_, id) => ({ id })));
    // Numbers of another value's objects would be found here.
    const object = { one: {} };
    assertSame(send([object.one, object]).value, structuredClone([object.one, object]));
  });
});

describe('much text', () => {
  for (const longest of [1, 11, 12, 13, 14, 40]) {
    it(`comes whole from strings of up to ${longest} units`, () => {
      for (const count of [1, 20, 25, 300, 10_000]) {
        const value = Array.from({ length: count }, (_, at) => text(1 + at % longest, at));
        assert.deepEqual(send(value).value, value);
      }
    });
  }

  it('comes whole from between other values', () => {
    // Strings that are far from each other, and near: each way of finding the text of the next one.
    const value = Array.from({ length: 500 }, (_, at) =>
      at % 7 === 0 ? new Uint8Array(1 + (at * 37) % 900) : at % 5 === 0 ? { [text(9, at)]: text(12, at + 1), 'ключ': at } : text(at % 14, at));
    assertSame(send(value).value, structuredClone(value));
  });

  it('does not keep the message that it came with', () => {
    const messages = 200;
    /** @type {string[]} */
    const kept = [];
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let message = 0; message < messages; message++) {
      const { value } = send(Array.from({ length: 5000 }, (_, at) => String(message * 5000 + at).padEnd(12 + at % 2, '.')));
      // From where the stretches of text are long.
      kept.push(value[4000 + message]);
    }
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;
    assert.equal(kept.length, messages);
    // Each message has 65,000 bytes.
    assert.ok(grown < messages * 8000, `${grown} bytes for ${messages} strings of 12 and 13 units`);
  });
});

describe('a large buffer', () => {
  for (const length of [ALIGN_FROM - 1, ALIGN_FROM, ALIGN_FROM + 1, 1_000_000]) {
    it(`arrives as it is, wherever its message begins: ${length} bytes`, () => {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
      for (let offset = 0; offset <= ALIGNMENT; offset += 9) {
        const value = [bytes, new Uint8Array(bytes.buffer, 3, 9), new DataView(bytes.buffer, 1), 'behind'];
        assertSame(send(value, offset).value, structuredClone(value));
      }
    });
  }

  it('is taken where there is just room for it, and refused where there is not', () => {
    const bytes = new Uint8Array(ALIGN_FROM);
    const { end } = send(bytes, 0);
    assert.equal(encode(bytes, memory, 0, end + ALIGNMENT + 16), end);
    for (let limit = 0; limit < end; limit += 97) assert.equal(encode(bytes, memory, 0, limit), -1);
  });
});

describe('a long message', () => {
  const value = Array.from({ length: 300 }, (_, at) => ({ at, name: text(at % 20, at), list: [at / 3, text(12, at)] }));

  /** @param {Uint8Array} bytes @param {number} end */
  function readAnything (bytes, end) {
    try {
      decode(bytes, 0, end);
    } catch (error) {
      assert.equal(/** @type {any} */ (error).code, 'ERR_ROCKPOOL_CORRUPT_MESSAGE');
    }
  }

  it('that is cut off anywhere is corrupt', () => {
    const { end } = send([value, new Uint8Array(ALIGN_FROM)], 0);
    const bytes = memory.slice(0, end);
    for (let cut = 0; cut < end; cut += 13) {
      assert.throws(() => decode(bytes.subarray(0, cut), 0, cut), { code: 'ERR_ROCKPOOL_CORRUPT_MESSAGE' });
    }
  });

  it('that is altered anywhere is another one or corrupt, and harms nothing', () => {
    const { end } = send([value, new Uint8Array(ALIGN_FROM)], 0);
    const bytes = memory.slice(0, end);
    for (let at = 0; at < end; at += 11) {
      const kept = bytes[at];
      for (const other of [0, 255, kept ^ 1, kept ^ 128]) {
        bytes[at] = other;
        readAnything(bytes, end);
      }
      bytes[at] = kept;
    }
    assertSame(decode(bytes, 0, end), structuredClone([value, new Uint8Array(ALIGN_FROM)]));
  });
});
