'use strict';

/** @typedef {import('./index').Goal} Goal */

/**
 * @param {string} what
 * @param {string} at
 * @param {string} to
 * @param {number} floor
 * @param {number} aim
 * @returns {Goal}
 */
const faster = (what, at, to, floor, aim) => ({ what, at, metric: 'time', to, better: 'faster', floor, aim });

const families = ['hash', 'encryption', 'compression', 'image', 'vector', 'sort', 'scan', 'tensor', 'tensor-shared'];

/** @type {Goal[]} */
const goals = [
  faster('AES-256-GCM, 64 MiB encrypted', 'encryption/aes-256-gcm-seal', 'node-crypto', 8, 15),
  faster('AES-256-GCM, 64 MiB encrypted', 'encryption/aes-256-gcm-seal', 'subtle', 8, 15),
  faster('AES-256-GCM, 64 MiB decrypted', 'encryption/aes-256-gcm-open', 'node-crypto', 8, 15),
  faster('AES-256-GCM, 64 MiB decrypted', 'encryption/aes-256-gcm-open', 'subtle', 8, 15),
  faster('BLAKE3 of 64 MiB', 'hash/blake3', 'node-crypto', 2.5, 3.5),
  faster('BLAKE3 of 64 MiB', 'hash/blake3', 'hash-wasm', 8, 12),
  faster('gzip level 6, 64 MiB', 'compression/gzip', 'best peer', 2.5, 3.3),
  faster('gunzip to 64 MiB, one member', 'compression/gunzip', 'best peer', 2, 2.4),
  faster('zstd level 3, 64 MiB', 'compression/zstd', 'best peer', 1.4, 1.7),
  faster('unzstd to 64 MiB', 'compression/unzstd', 'best peer', 2, 2.9),
  faster('resize of 12 megapixels', 'image/resize', 'best peer', 3.5, 6),
  faster('blur of 1080p', 'image/blur', 'best peer', 3, 4.3),
  faster('top 10 of 100,000 × 384, of an ArrayBuffer', 'vector/topk', 'plain', 8, 14),
  faster('top 10 of 100,000 × 384, of a SharedArrayBuffer', 'vector/topk-shared', 'plain', 8, 14),
  faster('product of 1024 × 1024', 'vector/multiply', 'plain', 100, 200),
  faster('sort of 10,000,000 floats', 'sort/f32', 'plain', 15, 25),
  faster('sort of 10,000,000 u32', 'sort/u32', 'plain', 7, 9),
  { what: 'a kernel that does nothing, median', at: 'hop/nothing', metric: 'median', to: 'node-crypto', better: 'less', floor: 1, aim: 0.5 },
  { what: '1 GiB handed over, main thread blocked', at: 'hand-over/1-gib', metric: 'call', better: 'less', floor: 1, aim: 0.1, unit: 'ms' },
  ...families.map((family) => /** @type {Goal} */ (
    { what: `event loop p99 over idle, ${family}`, at: `event-loop/${family}`, metric: 'added', better: 'less', floor: 2, unit: 'ms' }
  ))
];

module.exports = goals;
