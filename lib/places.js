'use strict';

const { dirname, join } = require('node:path');

/**
 * Where things of the package lie. All paths are made here, in lib/ itself: the bundles that are published lie there, too
 * (ci/bundle.js), and so the paths hold in them.
 */
module.exports = {
  root: dirname(__dirname),
  /** Addons that were built here. */
  native: join(__dirname, 'native'),
  /** What every Worker starts with. Written so that tools which collect the files of an application understand it. */
  entry: join(__dirname, 'worker', 'entry.js')
};
