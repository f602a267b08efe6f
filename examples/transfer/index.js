'use strict';

const path = require('node:path');
const { Piscina, move } = require('rockpool');

async function main () {
  const pool = new Piscina({ filename: path.join(__dirname, 'worker.js') });

  const pixels = new Uint8Array(16 * 1024 * 1024).fill(100);
  // The memory goes to the worker, nothing is copied: from here on `pixels` is empty.
  const pending = pool.run(move(pixels));
  console.log(`here: ${pixels.length} bytes`);

  const brighter = await pending;
  console.log(`back: ${brighter.length} bytes, the first is ${brighter[0]}`);

  // The same for buffers that lie somewhere in the task: they are named in transferList.
  const again = await pool.run(brighter, { transferList: [brighter.buffer] });
  console.log(`again: the first is ${again[0]}, here are ${brighter.length} bytes`);

  await pool.close();
}

main();
