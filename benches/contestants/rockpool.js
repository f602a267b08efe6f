'use strict';

const { piscinaLike } = require('./piscina-like');

async function loadClass() {
  try {
    return require('../..');
  } catch (cause) {
    const [reason] = String(/** @type {Error} */ (cause).message).split('\n');
    throw new Error(`rockpool cannot be loaded (${reason}); is the addon built? Run: npm run build`, { cause });
  }
}

module.exports = [
  piscinaLike({ id: 'rockpool', name: 'rockpool', library: 'rockpool', loadClass }),
];
