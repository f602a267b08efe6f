'use strict';

const { kernels } = require('rockpool');

const hex = (bytes) => Buffer.from(bytes).toString('hex');

async function main () {
  console.log(`there are ${kernels.list().length} kernels, on ${kernels.threads()} threads of their own`);

  // A kernel takes the memory, works on it without JavaScript, and gives it back.
  let bytes = new Uint8Array(8 * 1024 * 1024).fill(7);
  const pending = kernels.blake3(bytes);
  console.log(`meanwhile: ${bytes.length} bytes here`);
  const { value, buffer } = await pending;
  bytes = buffer;
  console.log(`afterwards: ${bytes.length} bytes, BLAKE3 ${hex(value).slice(0, 16)}`);

  // Search and checksum: the same buffer goes through one kernel after the other.
  const text = await kernels.search.count(Buffer.from('one two three two one'), { pattern: Buffer.from('two') });
  console.log(`"two" occurs ${text.value} times, CRC-32 ${(await kernels.crc32(text.buffer)).value}`);

  // Many buffers, one hand-over.
  const files = ['a', 'b', 'c'].map((content) => Buffer.from(content));
  const digests = await kernels.map('sha256', files);
  console.log(`SHA-256: ${digests.map((digest) => hex(digest.value).slice(0, 8)).join(', ')}`);

  // Few bytes: on this thread, which is sooner than to wake another.
  console.log(`XXH3: ${kernels.sync.xxh3(Buffer.from('key')).value}`);
}

main();
