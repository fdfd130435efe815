import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every setting of the portal stands in docs/operator/portal.md, and no other', () => {
  const names = (path: string) =>
    new Set(readFileSync(new URL(path, import.meta.url), 'utf8').match(/LATCHWORK_[A-Z_]+|DATABASE_URL/g) ?? []);
  const read = names('./config.ts');
  read.delete('LATCHWORK_');
  expect(names('../../../docs/operator/portal.md')).toEqual(read);
});
