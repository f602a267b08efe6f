'use strict';

// BLAKE3 as its specification describes it, one word at a time: slow, short, and independent of the kernel.

const IV = Uint32Array.of(
  0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19);
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const CHUNK = 1024;
const BLOCK = 64;
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;
const KEYED_HASH = 16;
const DERIVE_KEY_CONTEXT = 32;
const DERIVE_KEY_MATERIAL = 64;

const rotate = (word, by) => (word >>> by) | (word << (32 - by));

function mix (state, a, b, c, d, first, second) {
  state[a] = state[a] + state[b] + first;
  state[d] = rotate(state[d] ^ state[a], 16);
  state[c] = state[c] + state[d];
  state[b] = rotate(state[b] ^ state[c], 12);
  state[a] = state[a] + state[b] + second;
  state[d] = rotate(state[d] ^ state[a], 8);
  state[c] = state[c] + state[d];
  state[b] = rotate(state[b] ^ state[c], 7);
}

function compress (chaining, words, counter, length, flags) {
  const state = Uint32Array.of(
    ...chaining, ...IV.subarray(0, 4), counter % 2 ** 32, Math.floor(counter / 2 ** 32), length, flags);
  let message = words;
  for (let round = 0; round < 7; round++) {
    for (let column = 0; column < 4; column++) {
      mix(state, column, column + 4, column + 8, column + 12, message[2 * column], message[2 * column + 1]);
    }
    for (let diagonal = 0; diagonal < 4; diagonal++) {
      mix(state, diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4, 12 + (diagonal + 3) % 4,
        message[8 + 2 * diagonal], message[9 + 2 * diagonal]);
    }
    message = PERMUTATION.map((index) => message[index]);
  }
  for (let word = 0; word < 8; word++) {
    state[word] ^= state[word + 8];
    state[word + 8] ^= chaining[word];
  }
  return state;
}

function wordsOf (bytes) {
  const padded = new Uint8Array(Math.max(BLOCK, bytes.length));
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Uint32Array.from({ length: padded.length / 4 }, (_, index) => view.getUint32(4 * index, true));
}

const chainingOf = ({ chaining, words, counter, length, flags }) =>
  compress(chaining, words, counter, length, flags).subarray(0, 8);

/** The last compression of a chunk, not done yet: it differs for the root. */
function chunk (bytes, key, counter, flags) {
  let chaining = key;
  let at = 0;
  for (; bytes.length - at > BLOCK; at += BLOCK) {
    const start = at === 0 ? CHUNK_START : 0;
    chaining = compress(chaining, wordsOf(bytes.subarray(at, at + BLOCK)), counter, BLOCK, flags | start)
      .subarray(0, 8);
  }
  const last = bytes.subarray(at);
  const start = at === 0 ? CHUNK_START : 0;
  return { chaining, words: wordsOf(last), counter, length: last.length, flags: flags | start | CHUNK_END };
}

function tree (bytes, key, counter, flags) {
  if (bytes.length <= CHUNK) return chunk(bytes, key, counter, flags);
  // The left side is the largest power of two of chunks that leaves at least a byte on the right.
  let left = CHUNK;
  while (left * 2 < bytes.length) left *= 2;
  const words = Uint32Array.of(
    ...chainingOf(tree(bytes.subarray(0, left), key, counter, flags)),
    ...chainingOf(tree(bytes.subarray(left), key, counter + left / CHUNK, flags)));
  return { chaining: key, words, counter: 0, length: BLOCK, flags: flags | PARENT };
}

function digest (bytes, key, flags, length) {
  const root = tree(bytes, key, 0, flags);
  const output = new Uint8Array(Math.ceil(length / BLOCK) * BLOCK);
  const view = new DataView(output.buffer);
  for (let block = 0; block * BLOCK < length; block++) {
    compress(root.chaining, root.words, block, root.length, root.flags | ROOT)
      .forEach((word, index) => view.setUint32(block * BLOCK + 4 * index, word, true));
  }
  return output.subarray(0, length);
}

/**
 * @param {Uint8Array} bytes
 * @param {{ key?: Uint8Array, context?: string, length?: number }} [parameters]
 * @returns {Uint8Array}
 */
function blake3 (bytes, { key, context, length = 32 } = {}) {
  if (key !== undefined) return digest(bytes, wordsOf(key).subarray(0, 8), KEYED_HASH, length);
  if (context === undefined) return digest(bytes, IV, 0, length);
  const contextKey = digest(new TextEncoder().encode(context), IV, DERIVE_KEY_CONTEXT, 32);
  return digest(bytes, wordsOf(contextKey).subarray(0, 8), DERIVE_KEY_MATERIAL, length);
}

module.exports = { blake3 };
