import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('.', import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !/\.(test|test-rig)\.ts$/.test(path),
);

it('C2: roles, licensing and people run wherever the language does: nothing is imported, no clock, chance, or surroundings', () => {
  expect(sources.length).toBeGreaterThan(50);
  for (const path of sources) {
    const text = readFileSync(new URL(path, folder), 'utf8');
    const imported = [...text.matchAll(/\bfrom '([^']+)'/g), ...text.matchAll(/\bimport\('([^']+)'\)/g)];
    for (const [, specifier] of imported) expect(specifier, path).toMatch(/^\.{1,2}\/.*\.js$/);
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code, path).not.toMatch(
      /\bDate\.now|new Date\(\)|Math\.random|\bperformance\b|\bprocess\.|\bglobalThis\b|\bfetch\(|\bsetTimeout\b|\bcrypto\./,
    );
  }
});
