/** How the tests run: one file after the other, as they share two cores, LXD hosts and a bridge. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    fileParallelism: false,
    globalSetup: 'test/support/temporary.ts',
    // A test waits for facts and says itself what it waits for; this is for one that does not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Of the product, in the tests' own process: what runs in processes of its own, as in test/e2e, is not counted.
    coverage: {
      include: ['{agent,cli,client,common,controller,page,proto}/**/*.{ts,tsx}'],
      exclude: ['**/gen/**', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
});
