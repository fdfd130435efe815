import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { callerStep } from './caller/caller-machine.js';
import type { CallerEvent, CallerState } from './caller/caller-state.js';
import { callerTable } from './caller/caller-table.js';
import { liveThroughVisit } from './caller/lived-visit.test-rig.js';
import { visitStep } from './caller/visit-machine.js';
import type { VisitEvent, VisitState } from './caller/visit-state.js';
import { visitTable } from './caller/visit-table.js';
import { createNodeCrypto } from './crypto/node-crypto.js';
import { encodeInfo } from './encoding/gatt.js';
import { liveThroughCommand } from './lock/lived-command.test-rig.js';
import { liveThroughEnroll } from './lock/lived-enroll.test-rig.js';
import { lockStep } from './lock/lock-machine.js';
import type { LinkEvent, LockState } from './lock/lock-state.js';
import { lockTable } from './lock/lock-table.js';
import { withPlainTables } from './spec-text.test-rig.js';
import { renderStateTable } from './state-table.js';

const lived = liveThroughCommand({ crypto: createNodeCrypto(), mtu: 40, warm: false });
const { lockContext, callerContext, authority, challenge, readings } = lived;

const enrolls = (['at-once', 'later'] as const).map((asks) => liveThroughEnroll(lived, { asks }));

function lockSamples(): { states: LockState[]; events: LinkEvent[] } {
  const moving = lived.locks.map(({ state }) => state).find((state) => state.at === 'moving');
  if (moving?.at !== 'moving') throw new Error('No command was decided.');
  const { memory, awake, move } = moving;
  const drained = lived.locks
    .filter(({ state }) => state.at === 'ready')
    .map(({ state }): LockState => ({ ...state, awake: { ...state.awake, flood: { tokens: 0, at: 0 } } }));
  // The message 1 that came when too many had failed waits.
  const waiting = drained
    .flatMap((state) => lived.locks.map(({ event }) => lockStep(lockContext, state, event).state))
    .filter((state) => state.at === 'ready' && state.waiting);
  // A lock that holds the certificate moves the bolt on message 3 already.
  const warm = lived.locks
    .filter(({ state }) => state.at === 'handshake')
    .map(({ state }): LockState => ({ ...state, memory: { ...memory, commands: [] } }));
  const states: LockState[] = [
    ...warm,
    ...[...lived.locks, ...enrolls.flatMap(({ locks }) => locks)].map(({ state }) => state),
    ...drained,
    ...waiting,
    { at: 'finishing', memory, awake, move, connected: true },
    { at: 'finishing', memory, awake, move, connected: false },
    { at: 'closing', memory, awake },
  ];
  const events: LinkEvent[] = [
    ...[...lived.locks, ...enrolls.flatMap(({ locks }) => locks)].map(({ event }) => event),
    { type: 'frame', at: 0, readings, frame: Uint8Array.of(0x3f, 1), nonce: challenge },
    { type: 'timer', at: 0, readings },
    { type: 'timer', at: 100_000, readings },
  ];
  return { states, events };
}

function callerSamples(): { states: CallerState[]; events: CallerEvent[] } {
  const greeting = lived.callers.map(({ state }) => state).find((state) => state.at === 'greeting');
  if (greeting?.at !== 'greeting') throw new Error('No message 1 was written.');
  const states = lived.callers.map(({ state }) => state);
  // The authority may also come before message 2.
  const early = states.flatMap((state): CallerState[] => (state.at === 'greeting' ? [{ ...state, authority }] : []));
  const olderInfo = encodeInfo({ versions: 2, suites: 1, maxMessageSizeBytes: 4096, tag: challenge, nonce: challenge });
  const events: CallerEvent[] = [
    ...lived.callers.map(({ event }) => event),
    { type: 'started', at: 0, info: olderInfo, ephemeral: lockContext.identity },
    { type: 'permitted', at: 4000 },
    { type: 'frame', at: 0, frame: Uint8Array.of(0x3f, 1) },
    { type: 'failed', at: 0, reason: 'link-closed' },
    { type: 'timer', at: 100_000 },
  ];
  return { states: [...states, ...early], events };
}

const visit = await liveThroughVisit(40);

function visitSamples(): { states: VisitState[]; events: VisitEvent[] } {
  const olderInfo = encodeInfo({ versions: 2, suites: 1, maxMessageSizeBytes: 4096, tag: challenge, nonce: challenge });
  const events: VisitEvent[] = [
    ...visit.lived.map(({ event }) => event),
    { type: 'started', at: 0, info: olderInfo, ephemeral: lockContext.identity },
    { type: 'frame', at: 0, frame: Uint8Array.of(0x3f, 1) },
    { type: 'timer', at: 100_000 },
  ];
  return { states: visit.lived.map(({ state }) => state), events };
}

/** Every pair of a state and an event, stepped: which states each cell led to, and with how many effects. */
function walk<State extends { at: string }, Event extends { type: string }>(
  samples: { states: readonly State[]; events: readonly Event[] },
  step: (state: State, event: Event) => { state: State; effects: readonly unknown[] },
): Map<string, { to: Set<string>; effects: number }> {
  const cells = new Map<string, { to: Set<string>; effects: number }>();
  for (const state of samples.states) {
    for (const event of samples.events) {
      const name = `${state.at} × ${event.type}`;
      const cell = cells.get(name) ?? { to: new Set(), effects: 0 };
      const next = step(state, event);
      cell.to.add(next.state.at);
      cell.effects += next.effects.length;
      cells.set(name, cell);
    }
  }
  return cells;
}

describe('an honest command', () => {
  test('takes both machines through all of their states', () => {
    expect(lived.caller).toMatchObject({ at: 'ended', outcome: { kind: 'answered', answer: { code: 'ok' } } });
    expect(lived.lock.at).toBe('session');
  });
});

describe.each([
  { name: 'lock', table: lockTable, cells: walk(lockSamples(), (state, event) => lockStep(lockContext, state, event)) },
  {
    name: 'caller',
    table: callerTable,
    cells: walk(callerSamples(), (state, event) => callerStep(callerContext, state, event)),
  },
  {
    name: 'visit',
    table: visitTable,
    cells: walk(visitSamples(), (state, event) => visitStep(visit.context, state, event)),
  },
])("the $name's states × events", ({ table, cells }) => {
  const expected = Object.entries(table).flatMap(([at, row]) =>
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

  test('stands in SPEC.md as the code has it', () => {
    const spec = withPlainTables(readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8'));
    expect(spec).toContain(renderStateTable<string, string>(table));
  });
});
