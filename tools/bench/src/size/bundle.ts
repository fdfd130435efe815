import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const benchFolder = fileURLToPath(new URL('../..', import.meta.url));

/** A browser bundle as a user of the packages gets it from their built files. */
export interface Bundle {
  /** The minified program. */
  readonly text: string;
  /** Its size by gzip, level 9, in kB of 1000 bytes. */
  readonly gzipKb: number;
  /** Minified bytes by the package they come from. */
  readonly minifiedBytes: ReadonlyMap<string, number>;
}

/** Bundles a program of one file, minified for browsers of 2022, with everything it imports. */
export async function bundle(program: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: benchFolder, loader: 'js' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const minifiedBytes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = packageOf(path);
    minifiedBytes.set(name, (minifiedBytes.get(name) ?? 0) + bytesInOutput);
  }
  const text = outputFiles[0]?.text ?? '';
  return { text, gzipKb: gzipSync(text, { level: 9 }).length / 1000, minifiedBytes };
}

function packageOf(path: string): string {
  const workspace = /packages\/([\w-]+)\/dist\//.exec(path)?.[1];
  return workspace ? `@latchwork/${workspace}` : (/.*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//.exec(path)?.[1] ?? path);
}
