'use strict';

const { existsSync, readFileSync, readdirSync, readlinkSync } = require('node:fs');
const { pause } = require('./turns');

/** Bytes of buffers that may be there more than before: V8 keeps the last pools, of some 600 KiB each, for a while. */
const SLACK = 4 << 20;

/** Milliseconds between two looks: threads take a moment to end, memory a garbage collection to go. */
const BETWEEN = 20;
const LOOKS = 500;

const isLinux = existsSync('/proc/self/task');

/** What a process holds at this moment. */
function take () {
  return {
    resources: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').sort(),
    descriptors: isLinux ? openDescriptors() : [],
    threads: isLinux ? namesOfThreads() : [],
    buffers: process.memoryUsage().arrayBuffers,
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)])
  };
}

/** @returns {string[]} what each descriptor stands for */
function openDescriptors () {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      // The number of a socket or a pipe says nothing.
      return readlinkSync(`/proc/self/fd/${name}`).replace(/\d+/g, '');
    } catch {
      // The one that the folder was read with.
      return [];
    }
  });
}

/** @returns {string[]} */
function namesOfThreads () {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
    } catch {
      // It has just ended.
      return [];
    }
  });
}

/**
 * @template T
 * @param {T[]} before
 * @param {T[]} now
 * @returns {T[]} what is more now
 */
function added (before, now) {
  const left = [...now];
  for (const one of before) {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
  }
  return left;
}

/**
 * @param {ReturnType<typeof take>} before
 * @param {ReturnType<typeof take>} now
 * @returns {{ kind: string, what: string }[]} what is there now and was not before
 */
function compare (before, now) {
  const leaks = [];
  for (const name of /** @type {const} */ (['resources', 'descriptors', 'threads'])) {
    const left = added(before[name], now[name]);
    if (left.length > 0) leaks.push({ kind: `leak: ${name}`, what: `left are ${left.join(', ')}` });
  }
  if (now.buffers > before.buffers + SLACK) {
    leaks.push({ kind: 'leak: buffers', what: `${now.buffers} bytes of buffers, ${before.buffers} before` });
  }
  for (const [name, count] of now.listeners) {
    const known = before.listeners.find(([other]) => other === name)?.[1] ?? 0;
    if (count > known) leaks.push({ kind: 'leak: listeners', what: `${count} listeners of process for ${name}, ${known} before` });
  }
  return leaks;
}

/**
 * Waits until nothing is left that was not there before, or time enough has passed to call it a leak.
 *
 * @param {ReturnType<typeof take>} before
 * @param {() => void} onLook
 */
async function findLeaks (before, onLook) {
  for (let look = 0; ; look++) {
    onLook();
    /** @type {any} */ (globalThis).gc();
    const leaks = compare(before, take());
    if (leaks.length === 0 || look === LOOKS) return leaks;
    await pause(BETWEEN);
  }
}

module.exports = { findLeaks, take };
