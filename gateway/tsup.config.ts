import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts', 'src/radio/worker.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  // One bundled program starts in a third of the time that its modules take one by one.
  noExternal: [/.*/],
  external: ['@abandonware/noble', '@stoprocent/noble', 'pcsc-mini'],
  esbuildOptions(options) {
    options.conditions = ['source'];
  },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  sourcemap: true,
  clean: true,
});
