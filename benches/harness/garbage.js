'use strict';

const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

/** @type {(() => void) | undefined} */
let gc;

/** A full garbage collection, without a flag on the command line. */
function collectGarbage () {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc');
  }
  /** @type {() => void} */ (gc)();
}

module.exports = { collectGarbage };
