'use strict';

const { mkdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const directory = join(__dirname, '..', 'results');
const path = join(directory, '.turn');

/** Seconds without a sign of life after which a turn is over. */
const patience = 30;

/** @param {number} pid */
function isAlive (pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Whether the one that had the turn was ended before it could give it back. Its process id may
 * belong to another process by now, so it also has to show a sign of life now and then.
 */
function isAbandoned () {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const silent = (Date.now() - statSync(path).mtimeMs) / 1000;
    return silent > patience || (pid > 0 && !isAlive(pid));
  } catch {
    // Given back just now.
    return false;
  }
}

function showSignOfLife () {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Taken for abandoned: nothing to be done about it in the middle of a run.
  }
}

function removeTurn () {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else that waits was faster.
  }
}

/**
 * Waits until no other benchmark of this folder runs: `node --test` starts several files at once,
 * and benchmarks that share a machine measure each other.
 *
 * @returns {Promise<() => void>} gives the turn back
 */
async function takeTurn () {
  mkdirSync(directory, { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      const signOfLife = setInterval(showSignOfLife, 1000);
      const release = () => {
        clearInterval(signOfLife);
        process.off('exit', release);
        removeTurn();
      };
      process.once('exit', release);
      return release;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') {
        throw error;
      }
    }
    if (isAbandoned()) {
      removeTurn();
      continue;
    }
    await sleep(100 + Math.random() * 100);
  }
}

module.exports = { takeTurn };
