'use strict';

const { piscinaLike } = require('./piscina-like');

const library = 'tinypool';
const loadClass = async () => (await import('tinypool')).default;

module.exports = [
  piscinaLike({ id: 'tinypool', name: 'tinypool', library, loadClass }),
  piscinaLike({
    id: 'tinypool-1000',
    name: 'tinypool, 1000 concurrent',
    library,
    loadClass,
    options: { concurrentTasksPerWorker: 1000 }
  })
];
