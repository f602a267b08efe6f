'use strict';

const assert = require('node:assert/strict');
const { createCipheriv, createDecipheriv } = require('node:crypto');
const { test } = require('node:test');
const { addressOf, hex, kernels, pattern } = require('./support');
const { abortInTheMiddle, everyWay, refuses, views } = require('./ways');

const timeout = 120_000;
const algorithms = /** @type {const} */ (['aes-256-gcm', 'chacha20-poly1305']);
const key = pattern(32).map((byte) => byte ^ 0x5A);
const nonce = pattern(12).map((byte) => byte + 100);
const prefix = nonce.slice(0, 7);

/** Node's own implementation. */
function sealed (algorithm, bytes, iv, aad) {
  const cipher = createCipheriv(/** @type {any} */ (algorithm), key, iv, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: bytes.length });
  const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return { bytes: new Uint8Array(text), tag: new Uint8Array(cipher.getAuthTag()) };
}

/** The segments as they are documented, a message of Node's each. */
function sealedInSegments (algorithm, bytes, segment, aad) {
  const last = Math.max(1, Math.ceil(bytes.length / segment)) - 1;
  const parts = [];
  for (let at = 0; at <= last; at++) {
    const iv = Buffer.alloc(12);
    iv.set(prefix);
    iv.writeUInt32BE(at, 7);
    iv[11] = at === last ? 1 : 0;
    parts.push(sealed(algorithm, bytes.subarray(at * segment, (at + 1) * segment), iv, aad));
  }
  return {
    bytes: new Uint8Array(Buffer.concat(parts.map((part) => part.bytes))),
    tag: new Uint8Array(Buffer.concat(parts.map((part) => part.tag)))
  };
}

for (const algorithm of algorithms) {
  test(`${algorithm}: seals what createCipheriv seals, in every way of calling it`, { timeout }, async () => {
    for (const length of [0, 1, 15, 16, 17, 255, 256, 257, 5000, 300_000]) {
      for (const aad of [pattern(0), pattern(1), pattern(100)]) {
        const bytes = pattern(length);
        const expected = sealed(algorithm, bytes, nonce, aad);
        const params = { algorithm, key, nonce, aad };
        const { value, bytes: made } = await everyWay('aead.seal', bytes, params);
        assert.deepEqual(value, expected.tag, `${length} bytes`);
        assert.deepEqual(made, expected.bytes);
        const opened = await everyWay('aead.open', made, { ...params, tag: value });
        assert.deepEqual(opened, { value: undefined, output: undefined, bytes });
      }
    }
  });

  test(`${algorithm}: segments are messages that createCipheriv seals`, { timeout }, async () => {
    for (const [segment, lengths] of [
      [16, [0, 1, 15, 16, 17, 32, 100, 2000]], [1000, [999, 1000, 1001, 300_001]], [65_536, [65_536, 1_000_000, 5 << 20]]
    ]) {
      for (const length of lengths) {
        const bytes = pattern(length);
        const expected = sealedInSegments(algorithm, bytes, segment, pattern(9));
        const params = { algorithm, key, nonce: prefix, aad: pattern(9), segment };
        const { value, bytes: made } = await everyWay('aead.seal', bytes, params);
        assert.equal(hex(value), hex(expected.tag), `${length} bytes in segments of ${segment}`);
        assert.ok(Buffer.from(made).equals(expected.bytes));
        const opened = await everyWay('aead.open', made, { ...params, tag: value });
        assert.ok(Buffer.from(opened.bytes).equals(bytes));
      }
    }
  });

  test(`${algorithm}: opens what Node has sealed, and Node opens what it has sealed`, { timeout }, async () => {
    const plain = pattern(1 << 20);
    const { value: tag, buffer } = await kernels.aead.seal(plain.slice(), { algorithm, key, nonce });
    const decipher = createDecipheriv(/** @type {any} */ (algorithm), key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(tag);
    assert.ok(Buffer.concat([decipher.update(buffer), decipher.final()]).equals(plain));
    const theirs = sealed(algorithm, plain, nonce, pattern(0));
    const opened = await kernels.aead.open(theirs.bytes, { algorithm, key, nonce, tag: theirs.tag });
    assert.ok(Buffer.from(opened.buffer.buffer).equals(plain));
  });

  test(`${algorithm}: what was changed does not open, and nothing but zeros comes back`, { timeout }, async () => {
    for (const segment of [undefined, 16]) {
      const params = { algorithm, key, nonce: segment ? prefix : nonce, aad: pattern(5), segment };
      const { value: tag, buffer } = await kernels.aead.seal(pattern(100).map((byte) => byte | 1), params);
      const flip = (bytes, at) => bytes.map((byte, index) => index === at ? byte ^ 1 : byte);
      const forgeries = [
        [flip(buffer, 0), {}], [flip(buffer, 99), {}],
        [buffer, { tag: flip(tag, 0) }], [buffer, { tag: flip(tag, tag.length - 1) }],
        [buffer, { tag: new Uint8Array(tag.length) }],
        [buffer, { key: flip(key, 31) }], [buffer, { nonce: flip(params.nonce, 0) }],
        [buffer, { aad: pattern(6) }], [buffer, { aad: undefined }]
      ];
      for (const [bytes, change] of forgeries) {
        const given = bytes.slice();
        const address = addressOf(given);
        await assert.rejects(kernels.aead.open(given, { ...params, tag, ...change }), (/** @type {any} */ error) => {
          assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_AUTHENTICATION');
          assert.equal(addressOf(error.buffer), address);
          assert.ok(error.buffer.every((byte) => byte === 0), 'no plaintext');
          return true;
        });
        const here = bytes.slice();
        assert.throws(() => kernels.sync.aead.open(here, { ...params, tag, ...change }), { code: 'ERR_ROCKPOOL_KERNEL_AUTHENTICATION' });
        assert.ok(here.every((byte) => byte === 0), 'no plaintext on this thread either');
      }
      assert.deepEqual((await kernels.aead.open(buffer, { ...params, tag })).buffer, pattern(100).map((byte) => byte | 1));
    }
  });

  test(`${algorithm}: seals and opens the bytes of every kind of view`, { timeout }, async () => {
    const expected = sealed(algorithm, pattern(64), nonce, pattern(0));
    const params = { algorithm, key, nonce };
    const bytesOf = (given) => ArrayBuffer.isView(given)
      ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength).slice()
      : new Uint8Array(given).slice();
    for (const { name, make } of views) {
      const made = await kernels.aead.seal(make(pattern(64)), params);
      assert.deepEqual(made.value, expected.tag, name);
      assert.deepEqual(bytesOf(made.buffer), expected.bytes, name);
      const { buffer } = await kernels.aead.open(made.buffer, { ...params, tag: made.value });
      assert.deepEqual(bytesOf(buffer), pattern(64), name);
    }
  });
}

test('a right beginning is wiped when the last segment is wrong', { timeout }, async () => {
  const params = { algorithm: algorithms[0], key, nonce: prefix, segment: 65_536 };
  const { value: tag, buffer } = await kernels.aead.seal(new Uint8Array(24 << 20).fill(1), params);
  tag[tag.length - 1] ^= 1;
  await assert.rejects(kernels.aead.open(buffer, { ...params, tag }), (/** @type {any} */ error) => {
    assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_AUTHENTICATION');
    assert.ok(Buffer.from(error.buffer.buffer).equals(Buffer.alloc(24 << 20)));
    return true;
  });
});

test('an abort leaves whole segments, as far as the call had got', { timeout }, async () => {
  const length = 96 << 20;
  const segment = 65_536;
  const params = { algorithm: algorithms[1], key, nonce: prefix, segment };
  const plain = Buffer.alloc(length, 1);
  const whole = await kernels.aead.seal(new Uint8Array(length).fill(1), params);
  const cipher = Buffer.from(whole.buffer.buffer);
  for (const [name, before, after, more] of [
    ['aead.seal', plain, cipher, {}], ['aead.open', cipher, plain, { tag: whole.value }]
  ]) {
    const make = () => Uint8Array.from(/** @type {Buffer} */ (before));
    const left = Buffer.from((await abortInTheMiddle(name, make, { ...params, ...more })).buffer);
    let done = 0;
    while (done < length && left.subarray(done, done + segment).equals(after.subarray(done, done + segment))) done += segment;
    assert.ok(done < length);
    assert.ok(left.subarray(done).equals(before.subarray(done)), `${name}: untouched from ${done} on`);
  }
});

test('a nonce is for one message', { timeout }, async () => {
  const params = { algorithm: algorithms[0], key, nonce };
  const refused = { name: 'TypeError', code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: /one call on one input/ };
  const list = [pattern(10), pattern(11)];
  await assert.rejects(kernels.map('aead.seal', list, params), refused);
  assert.deepEqual(list.map(({ length }) => length), [10, 11]);

  const pipeline = kernels.pipeline([['sha256'], ['aead.seal', params]]);
  await assert.rejects(pipeline.map(list), refused);
  const { values, buffer } = await pipeline.run(pattern(10));
  assert.deepEqual(values[1], sealed(algorithms[0], pattern(10), nonce, pattern(0)).tag);
  await assert.rejects(pipeline.run(buffer), refused);
  assert.throws(() => pipeline.runSync(buffer), refused);
  assert.equal(buffer.length, 10);

  // The second would take back what the first has done.
  assert.throws(() => kernels.pipeline([['aead.seal', params], ['sha256'], ['aead.seal', { ...params, key: Uint8Array.from(key) }]]),
    { name: 'TypeError', code: 'ERR_ROCKPOOL_KERNEL_PARAMETER', message: /step before.* same key and nonce/, step: 2 });
  const others = kernels.pipeline([['aead.seal', params], ['aead.seal', { ...params, nonce: pattern(24).subarray(12) }]]);
  assert.equal((await others.run(pattern(10))).values.length, 2);

  const opens = kernels.pipeline([['aead.open', { ...params, tag: values[1] }]]);
  assert.deepEqual((await opens.run(buffer.slice())).buffer, pattern(10));
  assert.deepEqual((await opens.run(buffer)).buffer, pattern(10), 'opening twice gives nothing away');
});

test('what is wrong with the parameters costs the caller nothing', { timeout }, async () => {
  const params = { algorithm: algorithms[0], key, nonce };
  const range = 'ERR_ROCKPOOL_KERNEL_RANGE';
  const refused = [
    [{ ...params, key: pattern(31) }, RangeError, range, /key must have 32 bytes, got 31/],
    [{ ...params, key: pattern(16) }, RangeError, range, /key must have 32 bytes, got 16/],
    [{ ...params, nonce: pattern(11) }, RangeError, range, /must have 12 bytes, got 11/],
    [{ ...params, nonce: pattern(16) }, RangeError, range, /nonce must have 7 to 12 bytes, got 16/],
    [{ ...params, nonce: prefix }, RangeError, range, /nonce of a message must have 12 bytes, got 7/],
    [{ ...params, segment: 64 }, RangeError, range, /nonce of segments must have 7 bytes, got 12/],
    [{ ...params, segment: 15 }, RangeError, range, /16 to 4194304, got 15/],
    [{ ...params, algorithm: 'aes-128-gcm' }, RangeError, range, /aes-256-gcm, chacha20-poly1305, got "aes-128-gcm"/],
    [{ ...params, key: 'secret' }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /Uint8Array, got string/],
    [{ ...params, iv: nonce }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /unknown parameter "iv"/],
    [{ algorithm: algorithms[0], key }, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /nonce \(Uint8Array\) is missing/]
  ];
  await refuses('aead.seal', params, /** @type {any} */ (refused));
  await refuses('aead.open', { ...params, tag: pattern(16) }, /** @type {any} */ ([
    ...refused.slice(0, 8).map(([params, ...rest]) => [{ ...params, tag: pattern(16) }, ...rest]),
    [{ ...params, tag: pattern(15) }, RangeError, range, /tag must have 16 to .* bytes, got 15/],
    [{ ...params, tag: pattern(32) }, RangeError, range, /tag must have 16 bytes.* got 32/],
    [{ ...params, nonce: prefix, segment: 16, tag: pattern(16) }, RangeError, range, /tag must have 64 bytes.* got 16/],
    [params, TypeError, 'ERR_ROCKPOOL_KERNEL_PARAMETER', /tag \(Uint8Array\) is missing/]
  ]));
});
