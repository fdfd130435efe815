import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/operator/complaints.md', root), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ number: /^P-(\d+): /.exec(text)?.[1], text }));

/** The titles of a test file as they stand in it, each from its quote on. */
function titlesOf(path: string): readonly string[] {
  const source = readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
  return [...source.matchAll(/\b(?:describe|test|it)\b[^\n]*?\(\s*(['"`])(.+?)\1\s*,/gs)].map(
    ([, , title]) => title ?? '',
  );
}

describe('the page of complaints', () => {
  test('has each of P-1 to P-30 once, in order', () => {
    expect(sections.map(({ number }) => Number(number))).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  test.each(sections)('P-$number: every test it names exists, or it says why there is none', ({ text }) => {
    const named = [...text.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, path = '', title = '']) => ({ path, title }));
    if (named.length === 0) expect(text).toMatch(/^Not shown: .{20,}/m);
    for (const { path, title } of named) {
      expect(path).toMatch(/^(packages|gateway|examples|tools)\/.+\.test\.ts$/);
      expect(existsSync(new URL(path, root)), path).toBe(true);
      expect(
        titlesOf(path).filter((found) => found.includes(title)),
        `${path}: ${title}`,
      ).not.toEqual([]);
    }
  });
});
