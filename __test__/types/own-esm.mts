// Compiles against ours alone: the ES module form of import, where a default import must be the class itself.

import Piscina, { Piscina as Named, kernels, move, type Options } from 'rockpool';

const options: Options = { minThreads: 1 };
export const pool: Named<number, string> = new Piscina<number, string>(options);
export const moved = move(new ArrayBuffer(1));
export const digest: Promise<{ value: Uint8Array, buffer: ArrayBuffer }> = kernels.blake3(new ArrayBuffer(1));

export class Special extends Piscina<string, string> {}

// A CommonJS worker file: of an ES module's import of it, too, the default export is the one that runs.
const typed = new Piscina<typeof import('./worker-plain.js')>();
export const text: Promise<string> = typed.run(['a']);
export const time: Promise<number> = typed.run(null, { name: 'now' });
// @ts-expect-error -- the default export takes an array
typed.run(1);
