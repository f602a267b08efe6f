'use strict';

const { createHash } = require('node:crypto');

/** @param {Uint8Array} bytes */
module.exports = (bytes) => ({ digest: createHash('sha256').update(bytes).digest('hex'), bytes });
