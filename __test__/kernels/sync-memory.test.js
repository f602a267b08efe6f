'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { runProgram } = require('./support');

const MIB = 2 ** 20;

/** What the outputs of a loop come to, in MiB, and how much of that may be there at its end. */
const WRITTEN = 1200;
const HELD = 300;

/**
 * Loops that never let the event loop turn and keep nothing. Each gives a function that writes an output of a MiB.
 *
 * @type {Record<string, string>}
 */
const loops = {
  'whose length the input says, gzip': `
    const packed = zlib.gzipSync(Buffer.alloc(MIB, 'some text '), { level: 1 });
    return () => kernels.sync.gzip.decompress(packed).output;`,
  'whose length the input says, zstd': `
    const packed = kernels.sync.zstd.compress(new Uint8Array(MIB)).output;
    return () => kernels.sync.zstd.decompress(packed).output;`,
  'whose length only the run can tell': `
    const bytes = crypto.randomBytes(MIB);
    return () => kernels.sync.zstd.compress(bytes, { level: 1 }).output;`,
  'whose length is known before': `
    const size = { width: 256, height: 341 };
    const pixels = new Uint8Array(4 * size.width * size.height);
    return () => kernels.sync.image.toTensor(pixels, size).output;`,
  'of a pipeline': `
    const size = { width: 256, height: 341 };
    const pixels = new Uint8Array(4 * size.width * size.height);
    const pipeline = kernels.pipeline([
      ['image.grayscale', size], ['image.toTensor'], ['zstd.compress'], ['zstd.decompress']
    ]);
    return () => pipeline.runSync(pixels).output;`
};

/** @param {string} loop */
const program = (loop) => `
  const MIB = 2 ** 20;
  const crypto = require('node:crypto');
  const zlib = require('node:zlib');
  const write = (() => {${loop}})();
  const { length } = new Uint8Array(write().buffer);
  for (let written = 0; written < ${WRITTEN} * MIB; written += length) write();
  report(length, process.memoryUsage());`;

/** @param {string} line */
function check (line) {
  const { length, memory } = JSON.parse(line);
  assert.ok(length > MIB * 0.9, `outputs of ${length} bytes`);
  assert.ok(memory.rss < HELD * MIB, `${Math.round(memory.rss / MIB)} MiB resident`);
  assert.ok(memory.external < HELD * MIB, `${Math.round(memory.external / MIB)} MiB external`);
}

describe('nothing is held of outputs that nobody keeps,', () => {
  for (const [name, loop] of Object.entries(loops)) {
    test(name, { timeout: 60_000 }, async () => {
      const { stdout, stderr } = await runProgram(`
        const report = (length, memory) => console.log(JSON.stringify({ length, memory }));
        ${program(loop)}`);
      assert.equal(stderr, '');
      check(stdout);
    });
  }

  test('in a Worker', { timeout: 60_000 }, async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { kernels } = require(workerData);
      const report = (length, memory) => parentPort.postMessage({ length, memory });
      ${program(loops['whose length the input says, gzip'])}`;
    const { stdout, stderr } = await runProgram(`
      new Worker(${JSON.stringify(source)}, { eval: true, workerData: entry.replace('call.js', 'index.js') })
        .on('message', (message) => console.log(JSON.stringify(message)));`);
    assert.equal(stderr, '');
    check(stdout);
  });
});
