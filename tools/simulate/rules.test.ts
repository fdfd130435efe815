import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rules } from './rules.mjs';

test('every rule that can be left out stands in the sources where its patch looks for it, once', () => {
  const lost = rules.flatMap(({ name, patches }) =>
    patches
      .filter(({ file, text }) => sourceOf(file).split(text).length !== 2)
      .map(({ file, text }) => ({ name, file, text })),
  );
  expect(rules.length).toBeGreaterThan(80);
  expect(lost).toEqual([]);
});

function sourceOf(file: string): string {
  return readFileSync(new URL(`../../packages/lock-protocol/src/${file}`, import.meta.url), 'utf8');
}
