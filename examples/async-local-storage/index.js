'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { randomInt } = require('node:crypto');
const path = require('node:path');
const { setTimeout } = require('node:timers/promises');
const { Piscina } = require('rockpool');

const requests = new AsyncLocalStorage();

/** In place of a logger: knows the request from the store. */
function log (message) {
  return `${requests.getStore().id}: ${message}`;
}

async function handle (pool, text) {
  await setTimeout(randomInt(5));
  const answer = await pool.run({ requestId: requests.getStore().id, text });
  // After run() the store is still the caller's, in any order of the results.
  return log(answer);
}

async function main () {
  const pool = new Piscina({ filename: path.join(__dirname, 'worker.js') });
  const lines = await Promise.all(['tea', 'coffee', 'cocoa'].map((text, index) =>
    requests.run({ id: `request ${index}` }, () => handle(pool, text))));
  console.log(lines.join('\n'));
  await pool.close();
}

main();
