'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs/promises');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const zlib = require('node:zlib');
const Piscina = require('../..');
const { addressOf, isDetached, kernels } = require('./support');

const timeout = 120_000;
const MiB = 1024 * 1024;

/** Sends bytes through a program of the system. */
function system (program, args, input) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 1024 * MiB });
  if (error) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const installed = (program) => spawnSync(program, ['--version']).status === 0;
const withoutGzip = installed('gzip') ? false : 'gzip is not installed';
const withoutZstd = installed('zstd') ? false : 'zstd is not installed';
const withoutNodesZstd = zlib.zstdCompressSync ? false : 'this Node has no zstd';

/** Bytes like those of a log, in memory of their own. */
function log (length) {
  const lines = [];
  for (let size = 0, line = 0; size < length; line++) {
    const text = `${1e9 + line * 7919} request /items/${(line * line) % 9973} ${line % 17 ? 200 : 404}\n`;
    lines.push(text);
    size += text.length;
  }
  const bytes = new Uint8Array(length);
  bytes.set(Buffer.from(lines.join('')).subarray(0, length));
  return bytes;
}

const noise = (length) => new Uint8Array(randomBytes(length));
const same = (left, right, message) => assert.equal(Buffer.compare(left, right), 0, message);
/** A copy in memory of its own, which a call may detach. */
const own = (bytes) => new Uint8Array(bytes);

const inputs = [
  ['nothing', new Uint8Array(0)],
  ['one byte', new Uint8Array([7])],
  ['a small log', log(1000)],
  ['a log of one member', log(256 * 1024)],
  ['a log of two members', log(256 * 1024 + 1)],
  ['a log of several frames', log(9 * MiB + 13)],
  ['noise', noise(5 * MiB + 1)],
  ['zeros', new Uint8Array(5 * MiB)]
];

for (const [name, bytes] of inputs) {
  test(`gzip of ${name}: Node reads it, and we read what Node writes`, { timeout }, async () => {
    const { output, buffer } = await kernels.gzip.compress(own(bytes), { level: 1 });
    same(buffer, bytes);
    same(zlib.gunzipSync(output), bytes);
    same((await kernels.gzip.decompress(own(output))).output, bytes);
    same((await kernels.gzip.decompress(own(zlib.gzipSync(bytes, { level: 1 })))).output, bytes);
  });

  test(`gzip of ${name}: the system's gzip reads it, and we read what that writes`, { timeout, skip: withoutGzip }, async () => {
    const { output } = await kernels.gzip.compress(own(bytes));
    same(system('gzip', ['-dc'], output), bytes);
    same((await kernels.gzip.decompress(own(system('gzip', ['-1'], bytes)))).output, bytes);
  });

  test(`zstd of ${name} comes back`, { timeout }, async () => {
    const { output, buffer } = await kernels.zstd.compress(own(bytes), { checksum: true });
    same(buffer, bytes);
    same((await kernels.zstd.decompress(own(output))).output, bytes);
  });

  test(`zstd of ${name}: the system's zstd reads it, and we read what that writes`, { timeout, skip: withoutZstd }, async () => {
    for (const checksum of [false, true]) {
      const { output } = await kernels.zstd.compress(own(bytes), { level: 1, checksum });
      same(system('zstd', ['-dc', '-q'], output), bytes);
    }
    // From a pipe: without the size of the content.
    for (const args of [['-1'], ['-1', '--no-check'], ['-3', '--long=24']]) {
      same((await kernels.zstd.decompress(own(system('zstd', ['-c', '-q', ...args], bytes)))).output, bytes);
    }
  });

  test(`zstd of ${name}: Node reads it, and we read what Node writes`, { timeout, skip: withoutNodesZstd }, async () => {
    // Before Node 26 it stops behind the first frame.
    const { output } = await kernels.zstd.compress(own(bytes), { singleFrame: true });
    same(zlib.zstdDecompressSync(output), bytes);
    same((await kernels.zstd.decompress(own(zlib.zstdCompressSync(bytes)))).output, bytes);
  });
}

test('every level is read by others, and the highest is smaller than the lowest', { timeout }, async () => {
  const bytes = log(300_000);
  for (const [family, highest, read] of [
    ['gzip', 12, zlib.gunzipSync],
    ['zstd', 22, zlib.zstdDecompressSync ?? ((packed) => kernels.sync.zstd.decompress(packed).output)]
  ]) {
    const lengths = [];
    for (let level = 1; level <= highest; level++) {
      const { output } = await kernels[family].compress(own(bytes), { level });
      same(read(output), bytes, `${family} ${level}`);
      lengths.push(output.length);
    }
    assert.ok(lengths.at(-1) < lengths[0], lengths.join());
  }
});

test('reads gzip of every strategy, with a name, and of many members', { timeout }, async () => {
  const bytes = log(400_000);
  const { Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = zlib.constants;
  for (const strategy of [Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE]) {
    same((await kernels.gzip.decompress(own(zlib.gzipSync(bytes, { strategy })))).output, bytes);
  }
  const plain = zlib.gzipSync(bytes);
  const named = Buffer.concat([plain.subarray(0, 3), Buffer.of(8), plain.subarray(4, 10), Buffer.from('log.txt\0'), plain.subarray(10)]);
  same((await kernels.gzip.decompress(own(named))).output, bytes);
  const members = Buffer.concat([named, zlib.gzipSync(''), plain, Buffer.alloc(512)]);
  same((await kernels.gzip.decompress(own(members))).output, Buffer.concat([bytes, bytes]));
});

test('takes every kind of memory and gives it back', { timeout }, async () => {
  const bytes = log(3000);
  const padded = () => {
    const buffer = new ArrayBuffer(3100);
    new Uint8Array(buffer).set(bytes, 40);
    return buffer;
  };
  const shared = new SharedArrayBuffer(3000);
  new Uint8Array(shared).set(bytes);
  for (const [given, detached] of [
    [own(bytes), true], [own(bytes).buffer, true], [new DataView(padded(), 40, 3000), true],
    [Buffer.from(padded(), 40, 3000), true], [new Uint16Array(padded(), 40, 1500), true],
    [new Float64Array(padded(), 40, 375), true], [Buffer.from(bytes), false], [shared, false]
  ]) {
    const address = addressOf(given);
    const pending = kernels.gzip.compress(given);
    if (given instanceof ArrayBuffer || detached) assert.ok(isDetached(given.buffer ?? given));
    const { output, buffer } = await pending;
    assert.equal(Object.getPrototypeOf(buffer), Object.getPrototypeOf(given));
    if (!Buffer.isBuffer(given) || detached) assert.equal(addressOf(buffer), address);
    assert.equal(output.constructor, Uint8Array);
    assert.equal(output.buffer.byteLength, output.length, 'no more memory than it needs');
    same(zlib.gunzipSync(output), bytes);
  }
  const file = await fs.readFile(__filename);
  const expected = Buffer.from(file);
  const { output } = await kernels.zstd.compress(file);
  same((await kernels.zstd.decompress(output)).output, expected);
});

test('writes to the buffer that is lent, which may be just large enough', { timeout }, async () => {
  const bytes = log(6 * MiB);
  for (const family of ['gzip', 'zstd']) {
    const { output: packed } = await kernels[family].compress(own(bytes), { level: 1 });
    for (const [kernel, input, expected, params] of [
      ['compress', bytes, packed, { level: 1 }], ['decompress', packed, bytes, {}]
    ]) {
      for (const extra of [0, 1000]) {
        const out = new Uint8Array(new ArrayBuffer(expected.length + extra + 8), 8);
        const address = addressOf(out);
        const { output } = await kernels[family][kernel](own(input), params, { out });
        assert.equal(addressOf(output), address);
        same(output, expected);
      }
      const out = new Uint8Array(expected.length - 1);
      const address = addressOf(out);
      await assert.rejects(kernels[family][kernel](own(input), params, { out }), (error) => {
        assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT');
        assert.match(error.message, new RegExp(`out has ${expected.length - 1}`));
        assert.equal(addressOf(error.out), address);
        same(error.buffer, input);
        return true;
      });
    }
  }
});

test('the same through a pool, on the calling thread, in a pipeline and for many buffers', { timeout }, async () => {
  const bytes = log(600_000);
  const pool = new Piscina({ maxThreads: 1 });
  try {
    for (const family of ['gzip', 'zstd']) {
      const { output: packed } = await kernels[family].compress(own(bytes));
      same((await pool.kernel(`${family}.compress`, own(bytes))).output, packed);
      same((await pool.kernel(`${family}.decompress`, own(packed))).output, bytes);

      const here = kernels.sync[family].compress(bytes);
      same(here.output, packed);
      same(kernels.sync[family].decompress(packed, {}, { out: new ArrayBuffer(600_000) }).output, bytes);

      const there = kernels.pipeline([[`${family}.compress`, { level: 1 }], [`${family}.decompress`], ['blake3']]);
      const { output, values } = await there.run(own(bytes));
      same(output, bytes);
      same(values[2], kernels.sync.blake3(bytes).value);

      const many = Array.from({ length: 300 }, (_, index) => log(index * 50));
      const packedMany = await kernels.map(`${family}.compress`, many.map(own));
      const back = await kernels.map(`${family}.decompress`, packedMany.map((result) => result.output));
      for (const [index, result] of back.entries()) same(result.output, many[index]);
    }
  } finally {
    await pool.destroy();
  }
});

test('refuses parameters before it takes the bytes', { timeout }, async () => {
  const bytes = log(100);
  for (const [call, params, code] of [
    [kernels.gzip.compress, { level: 0 }, 'RANGE'], [kernels.gzip.compress, { level: 13 }, 'RANGE'],
    [kernels.gzip.compress, { level: 1.5 }, 'RANGE'], [kernels.gzip.compress, { level: '6' }, 'PARAMETER'],
    [kernels.gzip.compress, { checksum: true }, 'PARAMETER'], [kernels.zstd.compress, { level: 23 }, 'RANGE'],
    [kernels.zstd.compress, { checksum: 1 }, 'PARAMETER'], [kernels.gzip.decompress, { maxOutputLength: 0 }, 'RANGE'],
    [kernels.zstd.decompress, { maxOutputLength: Infinity }, 'RANGE'], [kernels.zstd.decompress, { level: 3 }, 'PARAMETER']
  ]) {
    await assert.rejects(call(bytes, params), { code: `ERR_ROCKPOOL_KERNEL_${code}` });
    assert.equal(bytes.length, 100);
  }
});

test('what cannot be decompressed is an error that gives the memory back', { timeout }, async () => {
  const bytes = log(400_000);
  const gzip = zlib.gzipSync(bytes);
  const { output: zstd } = await kernels.zstd.compress(own(bytes), { checksum: true });
  const changed = (packed, place) => {
    const copy = own(packed);
    copy[place < 0 ? copy.length + place : place] ^= 0x10;
    return copy;
  };
  for (const [family, packed, message] of [
    ['gzip', new Uint8Array(0), /is empty/], ['gzip', log(100), /not the beginning of a gzip member/],
    ['gzip', gzip.subarray(0, 5000), /the input ends within/], ['gzip', gzip.subarray(0, -4), /ends within the trailer/],
    ['gzip', changed(gzip, -5), /checksum/], ['gzip', changed(gzip, -1), /stored is/],
    ['gzip', changed(gzip, 3), /reserved|ends within|checksum|at byte/], ['gzip', Buffer.concat([gzip, log(10)]), /member 2, at byte \d+/],
    ['zstd', new Uint8Array(0), /is empty/], ['zstd', gzip, /not the beginning of a zstd frame/],
    ['zstd', zstd.subarray(0, 5000), /the input ends within/], ['zstd', changed(zstd, -1), /checksum/],
    ['zstd', Buffer.concat([zstd, log(10)]), /frame 2, at byte \d+/],
    ['zstd', Buffer.concat([zstd, Buffer.from('\n')]), /frame 2, at byte \d+/]
  ]) {
    const given = own(packed);
    const address = addressOf(given);
    await assert.rejects(kernels[family].decompress(given), (error) => {
      const cause = /is empty|input ends/.test(error.message) ? '_TRUNCATED' : /[^(]2, at byte/.test(error.message) ? '_TRAILING' : '';
      assert.equal(error.code, `ERR_ROCKPOOL_KERNEL_DATA${cause}`);
      assert.match(error.message, message);
      if (packed.length > 0) assert.equal(addressOf(error.buffer), address);
      same(error.buffer, packed);
      return true;
    });
  }
});

test('an output that is larger than allowed is an error, however small its input', { timeout }, async () => {
  const zeros = new Uint8Array(64 * MiB);
  const bombs = [['gzip', own(zlib.gzipSync(zeros))]];
  for (const family of ['gzip', 'zstd']) bombs.push([family, (await kernels[family].compress(own(zeros))).output]);
  for (const [family, bomb] of bombs) {
    const most = 64 * MiB;
    same((await kernels[family].decompress(own(bomb), { maxOutputLength: most })).output, zeros);
    for (const maxOutputLength of [1, MiB, most - 1]) {
      await assert.rejects(kernels[family].decompress(own(bomb), { maxOutputLength }), (error) => {
        assert.ok(error instanceof RangeError);
        assert.equal(error.code, 'ERR_ROCKPOOL_KERNEL_OUTPUT');
        assert.match(error.message, new RegExp(`larger than maxOutputLength, ${maxOutputLength} bytes`));
        return true;
      });
    }
  }
});

test('can be given up', { timeout }, async () => {
  const bytes = log(24 * MiB);
  const gzip = own(zlib.gzipSync(bytes, { level: 1 }));
  const { output: zstd } = await kernels.zstd.compress(own(bytes));
  for (const [name, input, params] of [
    ['gzip.compress', bytes, { level: 9 }], ['zstd.compress', bytes, { level: 15 }],
    ['gzip.decompress', gzip, {}], ['zstd.decompress', zstd, {}]
  ]) {
    const [family, kernel] = name.split('.');
    const abort = new AbortController();
    const given = own(input);
    const address = addressOf(given);
    const pending = kernels[family][kernel](given, params, { signal: abort.signal });
    // The slow ones while they are at work; the others, which may be done by then, at once.
    if (kernel === 'compress') setImmediate(() => abort.abort());
    else abort.abort();
    await assert.rejects(pending, (error) => {
      assert.equal(error.code, 'ABORT_ERR', name);
      assert.equal(addressOf(error.buffer), address);
      same(error.buffer, input);
      return true;
    });
  }
});

test('a shared input that somebody else writes to meanwhile makes a wrong answer at worst', { timeout }, async () => {
  const source = `const { workerData } = require('node:worker_threads');
    const { bytes, stop } = workerData;
    for (let seed = 1; Atomics.load(stop, 0) === 0; seed = (seed * 1103515245 + 12345) % 2147483648) {
      bytes[seed % bytes.length] = seed >>> 16;
    }`;
  const text = log(2 * MiB);
  for (const [family, kernel] of [['gzip', 'compress'], ['gzip', 'decompress'], ['zstd', 'compress'], ['zstd', 'decompress']]) {
    const given = kernel === 'compress' ? text : kernels.sync[family].compress(text).output;
    const bytes = new Uint8Array(new SharedArrayBuffer(given.length));
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(source, { eval: true, workerData: { bytes, stop } });
    await once(worker, 'online');
    for (let round = 0; round < 10; round++) {
      bytes.set(given);
      await kernels[family][kernel](bytes, {}).then(
        ({ buffer }) => assert.equal(buffer, bytes),
        ({ code }) => assert.match(code, /^ERR_ROCKPOOL_KERNEL_DATA/)
      );
    }
    Atomics.store(stop, 0, 1);
    await once(worker, 'exit');
  }
});
