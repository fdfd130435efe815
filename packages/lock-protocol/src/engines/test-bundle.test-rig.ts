import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const room = new URL('../../', import.meta.url);
const roomPath = fileURLToPath(room);
const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(new URL(folder, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}${name}`);

/** Every test file of the room but those of the engines themselves, by its path in `src`. */
export const testFiles: readonly string[] = filesIn('src/', '.test.ts')
  .map((path) => path.slice('src/'.length))
  .filter((path) => !path.startsWith('engines/'))
  .sort();

/**
 * One program, for an engine that is not Node.js, in which test files run as they are: the files they read are inside it,
 * `node-crypto.ts` is the portable provider, and what else is Node's is empty. It puts `runTestFile(name)` on `globalThis`,
 * which resolves to a `FileReport` of suite-in-engine.
 */
export async function bundleTests(names: readonly string[]): Promise<string> {
  const loads = names.map(
    (name) => `${JSON.stringify(name)}: () => import(${JSON.stringify(`${roomPath}src/${name}`)})`,
  );
  const { outputFiles } = await build({
    stdin: {
      contents: `import { runFile } from './suite-in-engine.test-rig.js';
        const files = { ${loads.join(',\n')} };
        globalThis.runTestFile = (name) => runFile(name, files[name]);`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env': '{}' },
    inject: [fileURLToPath(new URL('node-globals.test-rig.ts', import.meta.url))],
    logLevel: 'error',
    plugins: [engine],
  });
  return outputFiles[0]?.text ?? '';
}

const virtual: Readonly<Record<string, () => string>> = {
  vitest: () => `export * from './engines/suite-in-engine.test-rig.js';`,
  'node:util': () => `export { equals as isDeepStrictEqual } from '@vitest/expect';`,
  // Only Node.js tells what an input takes.
  'node:v8': () => `export const getHeapStatistics = () => ({ used_heap_size: 0, external_memory: 0 });
    export const setFlagsFromString = () => undefined;`,
  'node:vm': () => `export const runInNewContext = () => () => undefined;`,
  'node:fs': () => `const files = ${JSON.stringify(readFiles())};
    export const writeFileSync = () => { throw new Error('No engine writes.'); };
    export const existsSync = (url) => new URL(url).pathname in files;
    export const readFileSync = (url) => {
      const text = files[new URL(url).pathname];
      if (text === undefined) throw new Error('Not in the bundle: ' + url);
      return text;
    };`,
};

const engine: Plugin = {
  name: 'engine',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(?:vitest$|node:)/ }, ({ path }) => ({ path, namespace: 'engine' }));
    onLoad({ filter: /.*/, namespace: 'engine' }, ({ path }) => ({
      contents: virtual[path]?.() ?? 'module.exports = {};',
      loader: 'js',
      resolveDir: `${roomPath}src`,
    }));
    onLoad({ filter: /\/lock-protocol\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: path.endsWith('/src/crypto/node-crypto.ts')
        ? `export { createPortableCrypto as createNodeCrypto } from './portable-crypto.js';`
        : readFileSync(path, 'utf8').replaceAll(
            'import.meta.url',
            JSON.stringify(`file:///${path.slice(roomPath.length)}`),
          ),
      loader: 'ts',
    }));
  },
};

function readFiles(): Readonly<Record<string, string>> {
  const names = ['SPEC.md', ...filesIn('vectors/', '.json'), ...filesIn('src/', '.ts')];
  return Object.fromEntries(names.map((name) => [`/${name}`, readFileSync(new URL(name, room), 'utf8')]));
}
