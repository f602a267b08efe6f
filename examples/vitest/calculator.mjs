import { Piscina } from 'rockpool';

/** The module under test: a part of a program that uses a pool. */
export class Calculator {
  #pool = new Piscina({ filename: new URL('worker.js', import.meta.url).href, minThreads: 1, maxThreads: 2 });

  add (a, b) {
    return this.#pool.run({ a, b });
  }

  fail () {
    return this.#pool.run(null, { name: 'fail' });
  }

  async addMany (pairs) {
    return Promise.all(pairs.map(([a, b]) => this.add(a, b)));
  }

  close () {
    return this.#pool.close();
  }
}
