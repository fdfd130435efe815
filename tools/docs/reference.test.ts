import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { printReference, regenerateCommand } from './reference.js';

const page = new URL('../../docs/operator/logs-and-metrics.md', import.meta.url);

/** The formatter pads the cells of tables and stretches their rules; nothing else may differ. */
const squash = (text: string) => text.replace(/-{3,}/g, '---').replace(/[ ]*\|[ ]*/g, '|');

it('docs/operator/logs-and-metrics.md lists every log line and every metric of both programs', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, printReference());
  expect(squash(readFileSync(page, 'utf8')), `the page is out of date; run: ${regenerateCommand}`).toBe(
    squash(printReference()),
  );
});

it('what is found there is no fewer than what stands in the sources', () => {
  const text = printReference();
  for (const known of [
    'unlock ended',
    'gateway connection changed',
    'latchwork_gateway_outbox_results',
    'latchwork_gateways_online',
  ]) {
    expect(text).toContain(`| \`${known}\` |`);
  }
  expect(text.split('\n').filter((line) => line.startsWith('| `')).length).toBeGreaterThan(90);
});
