import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withPlainTables } from '../spec-text.test-rig.js';
import { logEntryTypes } from './log-entry-type.js';
import { mostPageEntries } from './log-page.js';
import { logSegmentLimit, logSegmentSlots, logSlotCount, segmentHeaderSizeBytes } from './log-segment.js';

const text = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
const log = text.slice(text.indexOf('### 10.7 The log'), text.indexOf('### 10.8'));
const words = log.replace(/\s+/g, ' ');

describe('SPEC.md §10.7', () => {
  it('gives every type of entry its number, and says what its actor and its command id are', () => {
    const rows = [...log.matchAll(/^\| (\d+) \| `([a-z-]+)` \| (\S.*) \| (\S.*) \|$/gm)];
    expect(rows.map(([, number, name]) => [Number(number), name])).toEqual([...logEntryTypes.entries()]);
  });

  it('states the sizes of the ring and of a page', () => {
    expect(words).toContain(`${logSegmentLimit} segments of ${logSegmentSlots} slots`);
    expect(words).toContain(`mod ${logSlotCount}`);
    expect(words).toContain(`header of ${segmentHeaderSizeBytes} bytes`);
    expect(words).toContain(`number of entries: 0..${mostPageEntries}`);
  });

  it('names every finding of a reader', () => {
    const source = readFileSync(new URL('log-reading.ts', import.meta.url), 'utf8');
    const faults = readFileSync(new URL('log-report.ts', import.meta.url), 'utf8');
    const codes = [...`${source}${faults}`.matchAll(/readonly code: ((?:'[a-z-]+'(?: \| )?)+)/g)].flatMap(
      ([, union = '']) => [...union.matchAll(/[a-z-]+/g)].map(([code]) => code),
    );
    expect(codes.length).toBeGreaterThan(8);
    for (const code of codes) expect(words).toContain(`\`${code}\``);
  });
});
