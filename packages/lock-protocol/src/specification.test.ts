import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerCodes } from './answer-code.js';
import { cborLimits } from './encoding/cbor.js';
import { rightNames } from './objects/rights.js';

const text = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');

describe('SPEC.md', () => {
  it('lists every answer code with its number, retry class and sentence, and no other', () => {
    const rows = [...text.matchAll(/^\|\s*(\d+)\s*\|\s*`([a-z-]+)`\s*\|\s*([a-z-]+)\s*\|\s*(\S.*\.)\s*\|$/gm)].map(
      ([, number, code, retry, sentence]) => ({ code, number: Number(number), retry, sentence }),
    );
    expect(rows).toEqual(Object.entries(answerCodes).map(([code, row]) => ({ code, ...row })));
  });

  it('gives every right its bit', () => {
    const cells = [...text.matchAll(/\|\s*(\d+)\s*\|\s*([a-z-]+)\s*(?=\|)/g)].map(([, bit, right]) => [
      Number(bit),
      right,
    ]);
    for (const [bit, right] of rightNames.entries()) expect(cells).toContainEqual([bit, right]);
  });

  it('states the limits of the decoder', () => {
    const words = text.replace(/\s+/g, ' ');
    expect(words).toContain(`more than ${cborLimits.sizeBytes} bytes`);
    expect(words).toContain(`more than ${cborLimits.depth} containers inside one another`);
    expect(words).toContain(`more than ${cborLimits.items} values`);
  });
});
