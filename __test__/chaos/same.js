'use strict';

// Taken before any fault replaces a global that it stands on.
module.exports = { same: require('node:util').isDeepStrictEqual };
