// Compiles against piscina's types and against ours: the CommonJS form of import.

import piscina = require('piscina');

const { Piscina, move, FixedQueue } = piscina;

export const pool = new Piscina<number, string>({ filename: '/worker.js', taskQueue: new FixedQueue() });
export const another: piscina.Piscina<number, string> = pool;
export const third: piscina.default = new piscina.default();
export const result: Promise<string> = pool.run(1);
export const moved = move(new ArrayBuffer(1));
export type Queue = piscina.TaskQueue;
