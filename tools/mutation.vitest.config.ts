import { defineConfig } from 'vitest/config';

// The tests that a mutant of core/directory has to fail. Laws are left out: whether a mutant lives must not hang on chance,
// and each would cost seconds.
export default defineConfig({
  test: { include: ['packages/core/src/directory/*.test.ts'], exclude: ['**/*-laws.test.ts'], testTimeout: 60_000 },
});
