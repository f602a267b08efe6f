'use strict';

const path = require('node:path');
const { Piscina } = require('rockpool');

/** The module under test: a part of a program that uses a pool. */
class Calculator {
  #pool = new Piscina({ filename: path.join(__dirname, 'worker.js'), minThreads: 1, maxThreads: 2 });

  add (a, b) {
    return this.#pool.run({ a, b });
  }

  fail () {
    return this.#pool.run(null, { name: 'fail' });
  }

  async addMany (pairs) {
    return Promise.all(pairs.map(([a, b]) => this.add(a, b)));
  }

  /** To be called when the tests are done: Jest waits for nothing that is still open, it only complains. */
  close () {
    return this.#pool.close();
  }
}

module.exports = { Calculator };
