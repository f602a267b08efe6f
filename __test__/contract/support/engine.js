'use strict';

// The engine under test: rockpool, or piscina to see that the same tests fail there.

const names = ['rockpool', 'piscina'];
const engine = process.env.ROCKPOOL_TEST_ENGINE ?? 'rockpool';
if (!names.includes(engine)) throw new Error(`ROCKPOOL_TEST_ENGINE must be one of ${names.join(', ')}`);

module.exports = {
  engine,
  /** Loaded when it is asked for: a test may have something to set up before. */
  get Pool () { return engine === 'piscina' ? require('piscina') : require('../../..'); }
};
