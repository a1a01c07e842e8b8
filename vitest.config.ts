import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/scratch.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Half of the suite waits for servers and child processes: a small machine need not run it file by file.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
