'use strict';

module.exports = ({ a, b }) => a + b;

module.exports.fail = () => { throw new RangeError('too much'); };
