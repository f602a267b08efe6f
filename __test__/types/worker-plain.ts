// A CommonJS worker file, as an ES module's program names it: see own-esm.mts.

export default function join (words: string[]): string {
  return words.join(' ');
}

export function now (): number {
  return Date.now();
}
