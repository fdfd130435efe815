// Bundles the simulator into one file that runs without a loader; with a rule of the lock left out, when one is named.
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const source = join(root, 'packages/lock-protocol/src');

/** One place in the sources of lock-protocol and what stands there instead. */
/** @typedef {{ file: string, text: string, instead: string }} Patch */

/**
 * @param {string} name of the folder for the bundle
 * @param {readonly Patch[]} patches
 * @returns {Promise<string>} the bundle's path
 */
export async function bundleSimulator(name, patches) {
  const outDir = join(root, 'node_modules/.cache/latchwork-simulate', name);
  const applied = new Set();
  const plugin = {
    name: 'rules',
    setup(bundler) {
      bundler.onLoad({ filter: /lock-protocol[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const own = patches.filter(({ file }) => file === relative(source, path));
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const patch of own) {
          const parts = contents.split(patch.text);
          if (parts.length !== 2)
            throw new Error(`${patch.file} has this text ${parts.length - 1} times: ${patch.text}`);
          contents = parts.join(patch.instead);
          applied.add(patch);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  await build({
    config: false,
    silent: true,
    entry: { simulate: join(root, 'packages/testing/src/property/simulate-process.ts') },
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    noExternal: [/.*/],
    outExtension: () => ({ js: '.mjs' }),
    outDir,
    clean: true,
    esbuildPlugins: [plugin],
    esbuildOptions: (options) => {
      options.conditions = ['source'];
    },
  });
  for (const patch of patches)
    if (!applied.has(patch)) throw new Error(`No file ${patch.file} is part of the simulator.`);
  return join(outDir, 'simulate.mjs');
}
