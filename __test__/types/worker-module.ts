// A worker file as a program's type argument: see own.ts.

import { move, type Transferable } from 'rockpool';

export interface Picture {
  pixels: Uint8Array;
  width: number;
}

export const quality = 80;

export default function join (words: string[]): string {
  return words.join(' ');
}

export async function resize (picture: Picture): Promise<Picture> {
  return picture;
}

/** Gives what it gets back without a copy. */
export function brighten (pixels: Uint8Array) {
  return move(pixels);
}

export async function crop (pixels: Float32Array) {
  return move(pixels);
}

/** A Transferable of its own. */
export function wrap (): Transferable<{ wrapped: boolean }> {
  throw new Error('only its type is used');
}

export function now (): number {
  return Date.now();
}

/** An export that is a promise of its handler. */
export const later: Promise<(task: bigint) => boolean> = Promise.resolve((task) => task > 0n);

export function optional (task?: { deep: boolean }): void {
  if (task?.deep === true) throw new Error('only its type is used');
}
