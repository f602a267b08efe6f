'use strict';

// The class is the export, as in piscina; all else is a static member of it (lib/statics.js).
const Piscina = require('./lib/piscina');

// A name and no `require`: with one, Node reads all of that file once more to find out what names an ES module may import.
module.exports = Piscina;
