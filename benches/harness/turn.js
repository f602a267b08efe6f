'use strict';

const { mkdirSync, readFileSync, unlinkSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const directory = join(__dirname, '..', 'results');
const path = join(directory, '.turn');

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Who has the turn now; a file that is just being written counts as somebody. */
function holder() {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return NaN;
  }
}

/**
 * Waits until no other benchmark of this folder runs: `node --test` starts several files at once,
 * and benchmarks that share a machine measure each other.
 *
 * @returns {Promise<() => void>} gives the turn back
 */
async function takeTurn() {
  mkdirSync(directory, { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      const release = () => {
        if (holder() === process.pid) {
          unlinkSync(path);
        }
      };
      process.once('exit', release);
      return release;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') {
        throw error;
      }
    }
    const pid = holder();
    if (pid > 0 && !isAlive(pid)) {
      try {
        unlinkSync(path);
      } catch {
        // Another one that waits was faster.
      }
      continue;
    }
    await sleep(100 + Math.random() * 100);
  }
}

module.exports = { takeTurn };
