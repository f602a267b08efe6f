// Runs with `npx tsx index.ts`, or `node --import tsx index.ts`.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Piscina } from 'rockpool';

async function main (): Promise<void> {
  // The type of the worker file gives `run()` its types: parameter and result of each export.
  const pool = new Piscina<typeof import('./worker')>({
    filename: join(__dirname, 'worker.ts'),
    // Node 20 can't read TypeScript. A path, since a bare 'tsx' would be looked for in the working directory.
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href]
  });

  const text: string = await pool.run({ words: ['to', 'be', 'or', 'not', 'to', 'be'] });
  console.log(text);

  const counts: Map<string, number> = await pool.run(text, { name: 'count' });
  console.log([...counts].map(([word, times]) => `${word} ${times}`).join(', '));

  await pool.close();
}

main();
