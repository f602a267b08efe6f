'use strict';

// Puts load on the server, without and with a pool, and asks meanwhile whether it is well.
//
//   node index.js [seconds]

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const autocannon = require('autocannon');

const duration = Number(process.argv[2] ?? 3);

/**
 * Asks again and again, one question at a time, while the load lasts.
 *
 * @param {string} url
 * @param {PromiseLike<unknown>} load
 * @returns {Promise<number[]>} how long the answers took, in milliseconds, in ascending order
 */
async function probe (url, load) {
  const times = [];
  let over = false;
  load.then(() => { over = true; });
  do {
    const start = performance.now();
    const answer = await fetch(url);
    if (await answer.text() !== 'ok') throw new Error(`${url}: ${answer.status}`);
    times.push(performance.now() - start);
    await sleep(10);
  } while (!over);
  return times.sort((a, b) => a - b);
}

/** @param {'pool' | 'no pool'} kind */
async function measure (kind) {
  const server = fork(path.join(__dirname, 'server.js'), [kind], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [url] = await once(server, 'message');
  await autocannon({ url: `${url}/work/warm-up`, connections: 4, duration: 1 });

  const load = autocannon({ url: `${url}/work/text`, connections: 16, duration });
  const [work, health] = await Promise.all([load, probe(`${url}/health`, load)]);
  const delay = await (await fetch(`${url}/delay`)).json();

  server.send('close');
  await once(server, 'exit');
  return {
    'work, requests/s': work['2xx'] / work.duration,
    'work, median ms': work.latency.p50,
    'health, answers': health.length,
    'health, median ms': health[Math.floor(health.length / 2)],
    'health, p99 ms': health[Math.floor(health.length * 0.99)],
    'event loop late by, p99 ms': delay.p99,
    errors: work.errors + work.non2xx
  };
}

async function main () {
  const without = await measure('no pool');
  const pool = await measure('pool');
  console.log(`| ${'with 16 connections that want work'.padEnd(34)} | no pool |    pool |`);
  console.log(`|${'-'.repeat(36)}|--------:|--------:|`);
  for (const [name, value] of Object.entries(without)) {
    const cells = [value, pool[name]].map((cell) => cell.toFixed(Number.isInteger(cell) ? 0 : 1).padStart(7));
    console.log(`| ${name.padEnd(34)} | ${cells.join(' | ')} |`);
  }
}

main();
