'use strict';

const { workerData } = require('node:worker_threads');
const { ThreadWorker } = require('poolifier');

/** @type {(value: any) => any} */
const handler = require(`./${workerData.job === 'echo' ? 'mark' : workerData.job}`);

module.exports = new ThreadWorker(handler);
