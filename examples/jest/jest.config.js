'use strict';

/** @type {import('jest').Config} */
module.exports = {
  // The default: rockpool wants Node's own globals, which jsdom replaces.
  testEnvironment: 'node',
  // Nothing here has to be compiled. Where it has to be: Jest compiles what tests load, not what workers load.
  transform: {}
};
