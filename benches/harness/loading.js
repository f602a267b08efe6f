'use strict';

// The processor time of requiring a library, in milliseconds, on standard output.
//
//   node loading.js NAME [FILE]      as a file there would find it, without FILE as this one does

const [, , name, file = __filename] = process.argv;
const requireThere = require('node:module').createRequire(file);
const before = process.cpuUsage();
requireThere(name);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
