import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their sources (export condition `source`), so tests need no build of the libraries.
const conditions = ['source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'gateway/src/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    environment: 'node',
    // Tests wait for programs more than they compute, so even two cores are worth two files at a time.
    maxWorkers: '100%',
    // Bounds for a hang, never a measure: these machines are shared and slow.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'gateway/src/**'] },
  },
});
