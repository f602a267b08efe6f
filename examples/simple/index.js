'use strict';

const path = require('node:path');
const { Piscina } = require('rockpool');

async function main () {
  const pool = new Piscina({ filename: path.join(__dirname, 'worker.js') });

  console.log(`2147483647 is prime: ${await pool.run(2_147_483_647)}`);

  // All at once: what no worker can take yet waits in the queue. The results come in the order of the calls.
  const numbers = Array.from({ length: 10_000 }, (_, index) => index);
  const answers = await Promise.all(numbers.map((number) => pool.run(number)));
  console.log(`${answers.filter(Boolean).length} primes below 10000`);

  await pool.close();
}

main();
