'use strict';

const { parentPort, workerData } = require('node:worker_threads');

/** @type {(value: any) => any} */
const handler = require(`./${workerData.job === 'echo' ? 'mark' : workerData.job}`);
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

/** What of a result is transferred. @type {Record<string, (result: any) => ArrayBuffer[]>} */
const transferred = {
  echo: (result) => [result],
  digest: ({ bytes }) => [bytes.buffer]
};

port.on('message', ({ id, value }) => {
  const result = handler(value);
  port.postMessage({ id, result }, transferred[workerData.job]?.(result) ?? []);
});
