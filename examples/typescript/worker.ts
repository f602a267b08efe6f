export interface Text {
  words: string[];
  separator?: string;
}

/** The default export: what `pool.run(task)` runs. */
export default function join ({ words, separator = ' ' }: Text): string {
  return words.join(separator);
}

/** Another: `pool.run(task, { name: 'count' })`. */
export async function count (text: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const word of text.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
