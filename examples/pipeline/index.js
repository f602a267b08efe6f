'use strict';

const { randomBytes } = require('node:crypto');
const { kernels } = require('rockpool');

const hex = (bytes) => Buffer.from(bytes).toString('hex');

async function main () {
  const key = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = { algorithm: 'aes-256-gcm', key, nonce };

  // Hash, encrypt in place, hash what came of it: three steps, one hand-over to the kernel threads.
  const seal = kernels.pipeline([['blake3', { length: 8 }], ['aead.seal', cipher], ['sha256']]);
  const message = Buffer.from('attack at dawn');
  const { values: [plain, tag, sealed], buffer } = await seal.run(message);
  console.log(`plain ${hex(plain)}, tag of ${tag.length} bytes, sealed ${sealed.length} bytes of SHA-256`);

  const open = kernels.pipeline([['aead.open', { ...cipher, tag }], ['blake3', { length: 8 }]]);
  const opened = await open.run(buffer);
  console.log(`opened: "${Buffer.from(opened.buffer)}", the same hash: ${hex(opened.values[1]) === hex(plain)}`);

  // What fails says where, and gives the memory back. The message is not sealed now, so it does not open.
  await open.run(opened.buffer).catch(({ code, step, buffer }) => {
    console.log(`${code} in step ${step}, ${buffer.length} bytes are back`);
  });
}

main();
