'use strict';

// Other runtimes than Node.js that load an addon made for Node-API. What does not hold there stands in
// docs/installing.md, and below: a runtime that learns it fails the test, and the page is to be changed.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const { findRuntime, installHosts } = require('../../ci/test/hosts');
const { names } = require('./suite');

const suite = join(__dirname, 'suite.js');
const page = readFileSync(join(__dirname, '..', '..', 'docs', 'installing.md'), 'utf8');
const timeout = 180_000;

/** @type {Record<string, { command: () => string, args: string[], lacking: string[] }>} */
const runtimes = {
  'Node.js': { command: () => process.execPath, args: [], lacking: [] },
  Deno: { command: () => findRuntime('deno'), args: ['run', '--quiet', '--allow-all'], lacking: ["limits of a worker's memory"] },
  Bun: { command: () => findRuntime('bun'), args: ['run'], lacking: ["limits of a worker's memory"] }
};

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
function run (command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeout - 10_000, killSignal: 'SIGKILL' });
    const output = { stdout: '', stderr: '' };
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      child[name].setEncoding('utf8').on('data', (text) => { output[name] += text; });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

for (const [runtime, { command, args, lacking }] of Object.entries(runtimes)) {
  test(`${runtime} runs all but what the documentation says it lacks`, { timeout }, async () => {
    await installHosts();
    const wanted = names.filter((name) => !lacking.includes(name));
    const { code, stdout, stderr } = await run(command(), [...args, suite, ...wanted]);
    const results = stdout.trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    assert.deepEqual(results.filter(({ problem }) => problem !== null), [], stderr);
    assert.deepEqual(results.map(({ name }) => name), wanted, stderr);
    assert.equal(code, 0, stderr);
    for (const name of lacking) assert.ok(page.includes(name), `${name} is not in the page`);
  });
}
