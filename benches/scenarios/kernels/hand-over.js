'use strict';

const hash = require('./hash');
const { jobScenario, MiB } = require('./job-scenario');

module.exports = jobScenario({
  id: 'hand-over',
  title: 'Hand-over of a large buffer',
  jobs: { blake3: hash.jobs.blake3 },
  cases: [
    {
      id: '1-gib',
      title: '1 GiB handed over to be hashed (BLAKE3; the others: SHA-256)',
      metrics: ['call', 'loop', 'time'],
      contestants: ['rockpool', 'bare', 'node-crypto', 'subtle'],
      parameters: { job: 'blake3', bytes: 1024 * MiB, warm: false },
      quick: { bytes: 64 * 1024 },
      rounds: 7
    }
  ]
});
