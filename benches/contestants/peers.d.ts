// The other pools are installed for the benchmarks only, and their types are not ours to check.

declare module 'poolifier';
declare module 'tinypool';
declare module 'workerpool';
