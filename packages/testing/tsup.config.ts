import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/air-process.ts', 'src/latchwork-lock.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'node',
  // The preload runs this file without a build, so it stays one file for both.
  external: ['../hci-shim.cjs'],
  // tsup 8 sets baseUrl itself, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  treeshake: true,
  clean: true,
});
