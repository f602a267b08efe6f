'use strict';

const timers = require('node:timers');

// Taken before any fault replaces them.
const { clearTimeout, setImmediate, setTimeout } = timers;

/** One turn of the event loop. */
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

module.exports = { clearTimeout, pause, setImmediate, setTimeout, turn };
