'use strict';

const { move } = require('piscina');
const mark = require('./mark');

/** @param {ArrayBuffer} buffer */
module.exports = (buffer) => move(mark(buffer));
