'use strict';

// First: what the runtime has now is what counts.
require('./lib/host');

// The class is the export, as in piscina; all else is a static member of it (lib/statics.js).
module.exports = require('./lib/piscina');
