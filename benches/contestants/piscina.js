'use strict';

const { piscinaLike } = require('./piscina-like');

const library = 'piscina';
const loadClass = async () => require('piscina').Piscina;

module.exports = [
  piscinaLike({ id: 'piscina', name: 'piscina', library, loadClass, main: [library] }),
  piscinaLike({
    id: 'piscina-1000',
    name: 'piscina, 1000 concurrent',
    library,
    loadClass,
    options: { concurrentTasksPerWorker: 1000 }
  })
];
