import { defineConfig } from 'tsup';

export default defineConfig({
  // One file per module: a bundler then leaves out whatever its program does not use, above all the input schemas.
  entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.test-d.ts'],
  bundle: false,
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  // tsup 8 sets baseUrl itself, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  clean: true,
});
