/** How the tests run: those without hosts first, and those with real hosts one after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/temporary.ts',
    projects: [
      {
        extends: true,
        // They have no sockets, processes or files in common, so they share one process and load each module once.
        // That saves a second of processor time for each file.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Most of them wait most of the time, so two files run at once. Each has an etcd, ports and files of its own.
        test: {
          name: 'integration',
          include: ['test/{simulation,integration}/**/*.test.ts'],
          maxWorkers: Number(process.env['COPA_TEST_WORKERS'] ?? 2),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // One file after the other, as they share two cores, LXD hosts and a bridge.
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
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
