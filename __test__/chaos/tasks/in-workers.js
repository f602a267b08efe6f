'use strict';

const { join } = require('node:path');
const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads');

const { move, transferableSymbol, valueSymbol } = require('../../..');
const { same } = require('../same');
const { bytesOf, valueOf } = require('../values');

/** Tasks that a worker runs, by every lane. What they send comes back. */

const seeded = (random) => ({ seed: random.next() });
const sized = (random) => ({ seed: random.next(), length: 64 + random.below(random.pick([1000, 20_000, 200_000])) });

/**
 * Whether it is the answer to this task and no other.
 *
 * @param {any} item
 * @param {any} answer
 * @param {any} value
 * @param {string} via
 */
function checkAnswer ({ id }, answer, value, via) {
  if (answer?.id !== id) return `has the answer of ${answer?.id}`;
  if (answer.via !== via) return `was answered by the export ${answer.via} and not by ${via}`;
  return same(answer.value, value) ? null : 'has not its own value back';
}

/** @type {import('./index').TaskKind[]} */
const kinds = [
  {
    name: 'inline',
    weight: 20,
    make: seeded,
    start: (scene, item, options) => scene.run({ ...message(item), value: valueOf(item.seed) }, options),
    check: (item, answer, { via }) => checkAnswer(item, answer, valueOf(item.seed), via)
  },
  {
    name: 'port',
    weight: 3,
    make: (random) => ({ seed: random.next(), what: random.pick(['text', 'bytes', 'shared']) }),
    start: (scene, item, options) => scene.run({ ...message(item), value: tooMuch(item) }, options),
    check: (item, answer, { via }) => checkAnswer(item, answer, tooMuch(item), via)
  },
  {
    name: 'transfer',
    weight: 2,
    make: sized,
    start (scene, item, options) {
      const value = bytesOf(item.seed, item.length);
      return scene.run({ ...message(item), value, back: 'moved' }, { ...options, transferList: [value.buffer] });
    },
    check: (item, answer, { via }) => checkAnswer(item, answer, bytesOf(item.seed, item.length), via)
  },
  {
    name: 'move',
    weight: 2,
    make: sized,
    start (scene, item, options) {
      const value = bytesOf(item.seed, item.length);
      const sent = { ...message(item), value };
      return scene.run(move({ [transferableSymbol]: [value.buffer], [valueSymbol]: sent }), options);
    },
    check: (item, answer, { via }) => checkAnswer(item, answer, bytesOf(item.seed, item.length), via)
  },
  {
    name: 'channel',
    weight: 1,
    make: seeded,
    start (scene, item, options, entry) {
      const { port1, port2 } = new MessageChannel();
      port1.unref();
      entry.port = port1;
      return scene.run({ ...message(item), value: item.seed, port: port2 }, { ...options, transferList: [port2] });
    },
    check (item, answer, { via, port }) {
      const heard = receiveMessageOnPort(port)?.message;
      if (heard !== item.id) return `heard ${heard} by its channel`;
      return checkAnswer(item, answer, item.seed, via);
    },
    release ({ port }) {
      port?.close();
    }
  },
  {
    name: 'unsendable',
    weight: 0.5,
    plain: true,
    start: (scene, item, options) => scene.run({ id: item.id, value () {} }, options),
    expects: (error) => error?.name === 'DataCloneError'
  },
  {
    name: 'otherFile',
    weight: 1,
    plain: true,
    make: (random) => ({ seed: random.next(), file: random.pick(['slow', 'throws', 'missing']) }),
    start: (scene, item, options) =>
      scene.run({ id: item.id, value: valueOf(item.seed) }, { ...options, filename: fileOf(item.file) }),
    check: (item, answer, { via }) =>
      item.file === 'slow' ? checkAnswer(item, answer, valueOf(item.seed), via) : 'has an answer from a file that has none',
    expects: (error, { file }) => file !== 'slow' && error?.code === 'ERR_ROCKPOOL_LOAD_FAILED'
  },
  {
    name: 'fileThatExits',
    weight: 0.2,
    plain: true,
    kills: true,
    start: (scene, item, options) => scene.run({ id: item.id }, { ...options, filename: fileOf('exits') }),
    expects: (error) => error?.code === 'ERR_ROCKPOOL_WORKER_EXITED' && error.exitCode === 77
  }
];

/** @param {any} item */
function message ({ id, fate }) {
  return fate === undefined ? { id } : { id, fate };
}

/** @param {string} name */
function fileOf (name) {
  return join(__dirname, '..', 'worker', `${name}.js`);
}

/**
 * A value that the inline lane does not carry.
 *
 * @param {{ seed: number, what: string }} item
 */
function tooMuch ({ seed, what }) {
  if (what === 'text') return `text ${seed} `.repeat(6000);
  if (what === 'bytes') return { bytes: bytesOf(seed, 100_000) };
  const shared = new Uint8Array(new SharedArrayBuffer(64));
  shared.set(bytesOf(seed, 64));
  return shared;
}

module.exports = kinds.map((kind) => ({ ...kind, inWorker: true, counted: true }));
