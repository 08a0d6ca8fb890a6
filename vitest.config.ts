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
  },
});
