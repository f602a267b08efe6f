'use strict';

// XXH3 of 64 bits as its specification describes it, in BigInts: slow, short, and independent of the kernel.

const P32 = [0n, 0x9E3779B1n, 0x85EBCA77n, 0xC2B2AE3Dn];
const P64 = [
  0n, 0x9E3779B185EBCA87n, 0xC2B2AE3D27D4EB4Fn, 0x165667B19E3779F9n, 0x85EBCA77C2B2AE63n, 0x27D4EB2F165667C5n
];
const MIX_1 = 0x165667919E3779F9n;
const MIX_2 = 0x9FB21C651E98DF25n;
const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
  'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
  '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e', 'hex');
const STRIPE = 64;
const STRIPES = (SECRET.length - STRIPE) / 8;
const BLOCK = STRIPE * STRIPES;

const u64 = (value) => BigInt.asUintN(64, value);
const r32 = (bytes, at) => BigInt(bytes.readUInt32LE(at));
const r64 = (bytes, at) => bytes.readBigUInt64LE(at);
const rotate = (value, by) => u64(value << by) | value >> (64n - by);
const swap = (value, bytes) => {
  const memory = Buffer.alloc(8);
  memory.writeBigUInt64BE(value);
  return memory.readBigUInt64LE() >> BigInt(64 - 8 * bytes);
};

const fold = (a, b) => {
  const product = a * b;
  return u64(product) ^ product >> 64n;
};

const avalanche = (hash) => {
  const mixed = u64((hash ^ hash >> 37n) * MIX_1);
  return mixed ^ mixed >> 32n;
};

const avalanche64 = (hash) => {
  let mixed = u64((hash ^ hash >> 33n) * P64[2]);
  mixed = u64((mixed ^ mixed >> 29n) * P64[3]);
  return mixed ^ mixed >> 32n;
};

const mix16 = (bytes, at, secret, seed) =>
  fold(r64(bytes, at) ^ u64(r64(SECRET, secret) + seed), r64(bytes, at + 8) ^ u64(r64(SECRET, secret + 8) - seed));

function upTo16 (bytes, seed) {
  const length = bytes.length;
  if (length === 0) return avalanche64(seed ^ r64(SECRET, 56) ^ r64(SECRET, 64));
  if (length < 4) {
    const combined = BigInt(bytes[length - 1]) | BigInt(length) << 8n | BigInt(bytes[0]) << 16n |
      BigInt(bytes[length >> 1]) << 24n;
    return avalanche64(combined ^ u64((r32(SECRET, 0) ^ r32(SECRET, 4)) + seed));
  }
  if (length < 9) {
    const turned = seed ^ u64(swap(seed & 0xFFFFFFFFn, 4) << 32n);
    const value = r32(bytes, length - 4) + (r32(bytes, 0) << 32n) ^ u64((r64(SECRET, 8) ^ r64(SECRET, 16)) - turned);
    let hash = u64((value ^ rotate(value, 49n) ^ rotate(value, 24n)) * MIX_2);
    hash = u64((hash ^ (hash >> 35n) + BigInt(length)) * MIX_2);
    return hash ^ hash >> 28n;
  }
  const low = r64(bytes, 0) ^ u64((r64(SECRET, 24) ^ r64(SECRET, 32)) + seed);
  const high = r64(bytes, length - 8) ^ u64((r64(SECRET, 40) ^ r64(SECRET, 48)) - seed);
  return avalanche(u64(BigInt(length) + swap(low, 8) + high + fold(low, high)));
}

function upTo240 (bytes, seed) {
  const length = bytes.length;
  let sum = BigInt(length) * P64[1];
  if (length <= 128) {
    for (let pair = Math.floor((length - 1) / 32); pair >= 0; pair--) {
      sum += mix16(bytes, 16 * pair, 32 * pair, seed) + mix16(bytes, length - 16 * (pair + 1), 32 * pair + 16, seed);
    }
    return avalanche(u64(sum));
  }
  for (let round = 0; round < 8; round++) sum += mix16(bytes, 16 * round, 16 * round, seed);
  sum = avalanche(u64(sum));
  for (let round = 8; round < Math.floor(length / 16); round++) {
    sum += mix16(bytes, 16 * round, 16 * (round - 8) + 3, seed);
  }
  return avalanche(u64(sum + mix16(bytes, length - 16, 136 - 17, seed)));
}

function accumulate (sums, bytes, at, secret, secretAt) {
  for (let lane = 0; lane < 8; lane++) {
    const value = r64(bytes, at + 8 * lane);
    const key = value ^ r64(secret, secretAt + 8 * lane);
    sums[lane ^ 1] += value;
    sums[lane] += (key & 0xFFFFFFFFn) * (key >> 32n);
  }
}

function long (bytes, seed) {
  const secret = Buffer.alloc(SECRET.length);
  for (let at = 0; at < secret.length; at += 16) {
    secret.writeBigUInt64LE(u64(r64(SECRET, at) + seed), at);
    secret.writeBigUInt64LE(u64(r64(SECRET, at + 8) - seed), at + 8);
  }
  const length = bytes.length;
  // Wraps around at 64 bits by itself.
  const sums = BigUint64Array.of(P32[3], P64[1], P64[2], P64[3], P64[4], P32[2], P64[5], P32[1]);
  const blocks = Math.floor((length - 1) / BLOCK);
  for (let block = 0; block < blocks; block++) {
    for (let n = 0; n < STRIPES; n++) accumulate(sums, bytes, block * BLOCK + n * STRIPE, secret, 8 * n);
    for (let lane = 0; lane < 8; lane++) {
      const sum = sums[lane];
      sums[lane] = (sum ^ sum >> 47n ^ r64(secret, secret.length - STRIPE + 8 * lane)) * P32[1];
    }
  }
  const rest = Math.floor((length - 1 - blocks * BLOCK) / STRIPE);
  for (let n = 0; n < rest; n++) accumulate(sums, bytes, blocks * BLOCK + n * STRIPE, secret, 8 * n);
  accumulate(sums, bytes, length - STRIPE, secret, secret.length - STRIPE - 7);
  let hash = BigInt(length) * P64[1];
  for (let pair = 0; pair < 4; pair++) {
    hash += fold(sums[2 * pair] ^ r64(secret, 11 + 16 * pair), sums[2 * pair + 1] ^ r64(secret, 19 + 16 * pair));
  }
  return avalanche(u64(hash));
}

/**
 * @param {Uint8Array} given
 * @param {bigint} [seed]
 * @returns {bigint}
 */
function xxh3 (given, seed = 0n) {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length <= 16) return upTo16(bytes, seed);
  return bytes.length <= 240 ? upTo240(bytes, seed) : long(bytes, seed);
}

module.exports = { xxh3 };
