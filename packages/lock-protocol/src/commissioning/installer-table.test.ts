import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeInfo } from '../encoding/gatt.js';
import { withPlainTables } from '../spec-text.test-rig.js';
import { renderStateTable } from '../state-table.js';
import { installerStep } from './installer-machine.js';
import type { InstallerEvent } from './installer-state.js';
import { installerTable } from './installer-table.js';
import { liveThroughInstall } from './lived-install.test-rig.js';

const { context, lived } = await liveThroughInstall(40);
const nonce = new Uint8Array(8);
const olderInfo = encodeInfo({ versions: 2, suites: 1, maxMessageSizeBytes: 4096, tag: nonce, nonce });
const events: readonly InstallerEvent[] = [
  ...lived.map(({ event }) => event),
  { type: 'started', at: 0, info: olderInfo, ephemeral: context.installer },
  { type: 'frame', at: 0, frame: Uint8Array.of(0x3f, 1) },
  { type: 'failed', at: 0, reason: 'link-closed' },
  { type: 'timer', at: 100_000 },
];
const cells = new Map<string, { readonly to: Set<string>; effects: number }>();
for (const { state } of lived) {
  for (const event of events) {
    const name = `${state.at} × ${event.type}`;
    const cell = cells.get(name) ?? { to: new Set(), effects: 0 };
    const next = installerStep(context, state, event);
    cell.to.add(next.state.at);
    cell.effects += next.effects.length;
    cells.set(name, cell);
  }
}

describe("the installer's states × events", () => {
  const expected = Object.entries(installerTable).flatMap(([at, row]) =>
    Object.entries(row as Record<string, { to: readonly string[]; does: string }>).map(([type, cell]) => ({
      at,
      type,
      ...cell,
    })),
  );

  test.each(expected)('$at × $type goes where the table says, and nowhere else', ({ at, type, to, does }) => {
    const cell = cells.get(`${at} × ${type}`);
    expect([...(cell?.to ?? [])].sort()).toEqual([...to].sort());
    if (does === '–') expect(cell?.effects).toBe(0);
  });

  test('the order is given when it is kept, and not when what came before it is', () => {
    const certified = lived.filter(({ state }) => state.at === 'certified').map(({ state }) => state);
    expect(certified).not.toEqual([]);
    for (const state of certified) {
      const early = installerStep(context, state, { type: 'kept', at: 0, step: 'identified' });
      expect(early).toEqual({ state, effects: [] });
    }
  });

  test('stands in SPEC.md as the code has it', () => {
    const spec = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
    expect(spec).toContain(renderStateTable<string, string>(installerTable));
  });
});
