'use strict';

// What a program pays that requires a library and nothing else: the processor time, in milliseconds, on standard output.
//
//   node loading.js NAME

const [, , name] = process.argv;
const before = process.cpuUsage();
require(name);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
