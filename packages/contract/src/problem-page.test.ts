import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { printProblemPage, regenerateCommand } from './problem-page.js';

const page = new URL('../../../docs/integrator/problems.md', import.meta.url);

/** The formatter pads the cells of tables and stretches their rules; nothing else may differ. */
const squash = (text: string) => text.replace(/-{3,}/g, '---').replace(/[ ]*\|[ ]*/g, '|');

it('docs/integrator/problems.md lists every problem of the contract', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, printProblemPage());
  expect(squash(readFileSync(page, 'utf8')), `the page is out of date; run: ${regenerateCommand}`).toBe(
    squash(printProblemPage()),
  );
});
