'use strict';

const assert = require('node:assert/strict');
const os = require('node:os');
const path = require('node:path');
const { rowsOf } = require('./support/row.js');
const { outcomeOf } = require('./support/settle.js');

const row = rowsOf(__filename);
const filename = path.join(__dirname, 'fixtures', 'results.js');

row(18, 'a signal that is none rejects, and does not throw', async (Pool) => {
  const pool = new Pool({ filename, maxThreads: 1 });
  for (const signal of [{}, { aborted: false }, { addEventListener: 1 }, [], new Map()]) {
    /** @type {Promise<any> | undefined} */
    let promise;
    assert.doesNotThrow(() => { promise = pool.run(1, { name: 'echo', signal }); }, 'run() throws');
    const { error } = await outcomeOf('the rejection', /** @type {Promise<any>} */ (promise));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /signal/);
  }
});

// Infinite last: piscina would start workers for ever.
const notCounts = {
  minThreads: [0.5, NaN, Infinity],
  maxThreads: [1.5, NaN, Infinity],
  concurrentTasksPerWorker: [1.5, NaN],
  maxQueue: [1.5, NaN],
  idleTimeout: [NaN],
  closeTimeout: [NaN],
  niceIncrement: [NaN]
};

for (const [option, values] of Object.entries(notCounts)) {
  row(21, `${option} is not accepted as ${values.join(', ')}`, async (Pool) => {
    for (const value of values) {
      assert.throws(() => new Pool({ [option]: value }), { name: 'TypeError', message: new RegExp(`options\\.${option} must be`) }, 'it is accepted');
    }
  });
}

row(21, 'maxThreads is a whole number where no option says it', async (Pool) => {
  const { maxThreads } = new Pool();
  assert.ok(Number.isInteger(maxThreads), `it is ${maxThreads} on a machine of 5 processors`);
}, { setUp: () => { os.availableParallelism = () => 5; } });
