import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    // In processes or, as 'threads', in threads: rockpool works in both.
    pool: 'forks'
  }
});
