'use strict';

const { workerData } = require('node:worker_threads');
const workerpool = require('workerpool');

/** @type {(value: any) => any} */
const handler = require(`./${workerData.job === 'echo' ? 'mark' : workerData.job}`);

workerpool.worker({
  run: workerData.job === 'echo'
    ? (/** @type {ArrayBuffer} */ buffer) => new workerpool.Transfer(handler(buffer), [buffer])
    : handler
});
