'use strict';

const binding = require('../binding');

/**
 * The layout of the memory that JavaScript and Rust share. Rust is its only source: nothing here repeats a number.
 */
const layout = binding.layout();

/**
 * @param {{ name: string, value: number }[]} table
 * @returns {Readonly<Record<string, number>>}
 */
function toObject (table) {
  return Object.freeze(Object.fromEntries(table.map(({ name, value }) => [name, value])));
}

module.exports = {
  /** Indices of the control words. */
  words: toObject(layout.words),
  wordCount: layout.wordCount,
  /** What an outbox record says. */
  kinds: toObject(layout.kinds),
  /** What a task record says of its task. */
  flags: toObject(layout.flags),
  /** What a worker's native step says. */
  steps: toObject(layout.steps),
  /** Indices of a worker's registers. */
  registers: toObject(layout.registers),
  /** Values of the word BELL. */
  bells: toObject(layout.bells),
  /** Bytes of a task record's header. */
  HEADER: layout.header,
  /** Bytes of an outbox record's header. */
  OUT_HEADER: layout.outHeader,
  /** Bytes that an encoded value may have on the inline lane. */
  PAYLOAD_MAX: layout.payloadMax,
  /** Tasks that a worker can be told to run at once. */
  CONCURRENCY_MAX: layout.concurrencyMax,
  /** Workers that a pool can have. */
  WORKERS_MAX: layout.workersMax
};
