import { operations } from '@latchwork/contract';
import { defineConfig } from 'tsup';
import { describeOperations, printWireTable } from './src/wire-description.js';

/** What src/wire-table.ts gives, as data: a bundle then holds neither the contract's schemas nor zod. */
const wireTable = printWireTable(describeOperations(operations));

export default defineConfig({
  // One file per module: a bundler then leaves out whatever its program does not use.
  entry: [
    'src/**/*.ts',
    '!src/**/*.test.ts',
    '!src/**/*.test-d.ts',
    '!src/**/*.test-rig.ts',
    '!src/wire-description.ts',
  ],
  bundle: false,
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  esbuildPlugins: [
    {
      name: 'wire-table',
      setup: ({ onLoad }) => onLoad({ filter: /[\\/]src[\\/]wire-table\.ts$/ }, () => ({ contents: wireTable })),
    },
  ],
  // tsup 8 sets baseUrl itself, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  clean: true,
});
