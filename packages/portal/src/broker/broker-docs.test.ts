import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mosquittoPermissions } from './mosquitto-files.js';

const page = new URL('../../../../docs/operator/broker.md', import.meta.url);
const block = /```\n(pattern [^`]*)```/;

test('docs/operator/broker.md has the permissions as they are written', () => {
  const permissions = mosquittoPermissions('latchwork-portal');
  const text = readFileSync(page, 'utf8');
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text.replace(block, `\`\`\`\n${permissions}\`\`\``));
  expect(block.exec(readFileSync(page, 'utf8'))?.[1]).toBe(permissions);
});
