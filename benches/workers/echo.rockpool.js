'use strict';

const { move } = require('../..');
const mark = require('./mark');

/** @param {ArrayBuffer} buffer */
module.exports = (buffer) => move(mark(buffer));
