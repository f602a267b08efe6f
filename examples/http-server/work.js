'use strict';

const { pbkdf2Sync } = require('node:crypto');

/** The work of a request: some milliseconds of computing, as for a page, a thumbnail or a password. */
module.exports = (text) => pbkdf2Sync(text, 'salt', 2_000, 32, 'sha256').toString('hex');
