'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');

const root = path.join(__dirname, '..', '..');

test('a kernel that is there for tests is unknown in production, in every way of calling it', { timeout: 60_000 }, () => {
  // A process of its own, in which no test has asked for them.
  const source = `
    const { Piscina, kernels } = require(${JSON.stringify(root)});
    const pool = new Piscina({ minThreads: 0, maxThreads: 1 });
    const bytes = new Uint8Array(1);
    const codes = [];
    const note = ({ code }) => codes.push(code);
    (async () => {
      for (const name of ['probe.panic', 'probe.spin', 'probe.nothing', 'probe.invert']) {
        await pool.kernel(name, bytes).catch(note);
        await kernels.map(name, [bytes]).catch(note);
        try { kernels.pipeline([[name]]); } catch (error) { note(error); }
      }
      await pool.close();
      console.log(JSON.stringify([bytes.length, codes.length, ...new Set(codes)]));
    })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', source], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), [1, 12, 'ERR_ROCKPOOL_UNKNOWN_KERNEL']);
});
