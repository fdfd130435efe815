import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lockCommandUsage, parseLockCommand } from './lock-command.js';

const commandOf = (line: string): unknown => {
  const parsed = parseLockCommand(line);
  return parsed.kind === 'command' ? parsed.command : parsed.kind === 'refused' ? parsed.code : parsed.kind;
};

test.each([
  ['status', { do: 'status' }],
  ['  log  5 ', { do: 'log', newest: 5 }],
  ['log', { do: 'log', newest: 20 }],
  [
    'tap uid 01a2b3c4',
    { do: 'tap', card: 'uid', uid: Uint8Array.of(1, 0xa2, 0xb3, 0xc4), secret: new Uint8Array(), key: 0 },
  ],
  [
    `tap ntag424 04000000000001 ${'0f'.repeat(16)}`,
    {
      do: 'tap',
      card: 'ntag424',
      uid: Uint8Array.of(4, 0, 0, 0, 0, 0, 1),
      secret: new Uint8Array(16).fill(15),
      key: 0,
    },
  ],
  ['code 1234', { do: 'code', digits: '1234' }],
  ['battery 3', { do: 'battery', percent: 3 }],
  ['battery none', { do: 'battery', percent: null }],
  ['jam on', { do: 'jam', at: 'start', probability: 1 }],
  ['jam half-way 0.5', { do: 'jam', at: 'half-way', probability: 0.5 }],
  ['jam off', { do: 'jam', at: 'off', probability: 1 }],
  ['cut-power', { do: 'cut-power', afterBytes: 0 }],
  ['cut-power after 120 bytes', { do: 'cut-power', afterBytes: 120 }],
  ['clock -3600', { do: 'clock', to: -3600 }],
  ['clock restart', { do: 'clock', to: 'restart' }],
  ['drift 200', { do: 'drift', ppm: 200 }],
  ['radio latency 40', { do: 'radio', fault: { fault: 'latency', ms: 40 } }],
  ['radio drop 3', { do: 'radio', fault: { fault: 'drop', times: 3 } }],
  ['radio unheard on', { do: 'radio', fault: { fault: 'unheard', on: true } }],
  ['', 'nothing'],
  ['# a word', 'nothing'],
])('%s', (line, command) => {
  expect(commandOf(line)).toEqual(command);
});

test('every line of the guide is a command', () => {
  const guide = readFileSync(new URL('../../../../docs/integrator/simulated-lock.md', import.meta.url), 'utf8');
  const [, block = ''] = /<!-- every line of this block is a command -->\n```text\n([^`]*)```/.exec(guide) ?? [];
  const lines = block.trim().split('\n');
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) expect([line, parseLockCommand(line).kind]).not.toContain('refused');
});

describe('what is no command', () => {
  test.each([
    ['open sesame', 'unknown-command'],
    ['constructor', 'unknown-command'],
    ['STATUS', 'unknown-command'],
    ['status now', 'bad-argument'],
    ['log 0', 'bad-argument'],
    ['log 1 2', 'bad-argument'],
    ['tap', 'bad-argument'],
    ['tap uid', 'bad-argument'],
    ['tap uid 0102', 'bad-argument'],
    ['tap uid 0102030', 'bad-argument'],
    ['tap uid 010203zz', 'bad-argument'],
    [`tap uid 01020304 ${'00'.repeat(16)}`, 'bad-argument'],
    ['tap ntag424 04000000000001', 'bad-argument'],
    [`tap desfire 01020304 ${'00'.repeat(16)}`, 'bad-argument'],
    ['tap felica 01020304', 'bad-argument'],
    ['code 12a4', 'bad-argument'],
    ['code', 'bad-argument'],
    ['battery 101', 'bad-argument'],
    ['battery', 'bad-argument'],
    ['battery 1e1', 'bad-argument'],
    ['jam perhaps', 'bad-argument'],
    ['jam on 2', 'bad-argument'],
    ['cut-power after bytes', 'bad-argument'],
    ['cut-power now 1 bytes', 'bad-argument'],
    ['cut-power after 0 bytes', 'bad-argument'],
    ['clock yesterday', 'bad-argument'],
    ['clock 0x10', 'bad-argument'],
    ['radio none on', 'bad-argument'],
    ['radio jam', 'bad-argument'],
    ['commission 00 00 1', 'bad-argument'],
    ['wait', 'bad-argument'],
    [`code ${'1'.repeat(2_000)}`, 'unknown-command'],
  ])('%s', (line, code) => {
    expect(commandOf(line)).toBe(code);
  });

  test('no line throws, and a refusal has a sentence', () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom(...lockCommandUsage.flatMap((usage) => usage.split(/[ |]/))),
        fc.string(),
        fc.integer().map(String),
      ),
    );
    fc.assert(
      fc.property(words, (parts) => {
        const parsed = parseLockCommand(parts.join(' '));
        if (parsed.kind === 'refused') expect(parsed.message).toMatch(/\.$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
