// The peers are installed for the benchmarks only, and their types are not ours to check.

declare module '@node-rs/crc32';
declare module '@node-rs/xxhash';
declare module 'hash-wasm';
declare module 'poolifier';
declare module 'sharp';
declare module 'tinypool';
declare module 'workerpool';
