import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'portable-crypto': 'src/crypto/portable-crypto.ts',
    cards: 'src/cards/cards.ts',
    'node-crypto': 'src/crypto/node-crypto.ts',
  },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  // tsup 8 sets baseUrl itself, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  treeshake: true,
  clean: true,
});
