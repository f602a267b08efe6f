'use strict';

const { move } = require('..');
const { minifyBytes } = require('./minify');

/** @param {import('./minify').MinifyTask} task */
module.exports = async function minifyTask (task) {
  return move(await minifyBytes(task));
};
