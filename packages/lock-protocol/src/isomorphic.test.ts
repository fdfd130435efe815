import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Every source file an entry point brings in, and the packages it imports. */
function reach(entry: string): { readonly files: ReadonlyMap<string, string>; readonly packages: ReadonlySet<string> } {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const waiting = [new URL(entry, import.meta.url)];
  for (const url of waiting) {
    if (files.has(url.pathname)) continue;
    const source = readFileSync(url, 'utf8');
    files.set(url.pathname, source);
    for (const [, specifier = ''] of source.matchAll(/from '([^']+)'/g)) {
      if (specifier.startsWith('.')) waiting.push(new URL(specifier.replace(/\.js$/, '.ts'), url));
      else packages.add(specifier);
    }
  }
  return { files, packages };
}

describe('T25: what runs on a phone', () => {
  it.each(['./index.ts', './crypto/portable-crypto.ts', './cards/cards.ts'])('%s needs nothing of Node.js', (entry) => {
    const { files, packages } = reach(entry);
    expect([...packages].filter((name) => !name.startsWith('@noble/'))).toEqual([]);
    const platform = /\b(?:Buffer|process|require|TextEncoder|TextDecoder|structuredClone|window|document)\s*[.(]/;
    expect([...files].filter(([, source]) => platform.test(source)).map(([path]) => path)).toEqual([]);
  });

  it('the main entry brings in no provider: a program pays for the one it chooses', () => {
    const { files, packages } = reach('./index.ts');
    expect([...packages]).toEqual([]);
    expect([...files.keys()].filter((path) => /(?:node|portable)-crypto/.test(path))).toEqual([]);
    expect(files.size).toBeGreaterThan(20);
  });

  it('node:crypto is seen where it is used', () => {
    expect([...reach('./crypto/node-crypto.ts').packages]).toContain('node:crypto');
  });
});
