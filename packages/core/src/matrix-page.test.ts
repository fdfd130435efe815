import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { printMatrixPage, regenerateCommand } from './matrix-page.js';

const page = new URL('../../../docs/integrator/who-may-do-what.md', import.meta.url);

/** The formatter pads the cells of tables and stretches their rules; nothing else may differ. */
const squash = (text: string) => text.replace(/-{3,}/g, '---').replace(/[ ]*\|[ ]*/g, '|');

it('§5: docs/integrator/who-may-do-what.md is up to date', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, printMatrixPage());
  expect(squash(readFileSync(page, 'utf8')), `the page is out of date; run: ${regenerateCommand}`).toBe(
    squash(printMatrixPage()),
  );
});
