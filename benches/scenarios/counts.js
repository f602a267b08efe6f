'use strict';

const { availableParallelism } = require('node:os');

const processors = availableParallelism();

// 1, 2, 4, … and all of the machine's processors: how many threads the scenarios of growth have.
/** @type {number[]} */
const counts = [];
for (let count = 1; count < processors; count *= 2) counts.push(count);
counts.push(processors);

module.exports = { counts, processors };
