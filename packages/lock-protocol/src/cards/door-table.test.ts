import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { liveThroughCommand } from '../lock/lived-command.test-rig.js';
import { liveThroughEnroll } from '../lock/lived-enroll.test-rig.js';
import type { LockState } from '../lock/lock-state.js';
import type { SetEntry } from '../sets/set-entry.js';
import { withPlainTables } from '../spec-text.test-rig.js';
import { renderStateTable } from '../state-table.js';
import { type DoorAt, doorAt } from './door-machine.js';
import { aesCard, createDoorScene, type HappeningAtLock, signingCard, uidCard, unhex } from './door-scene.test-rig.js';
import type { DoorEvent } from './door-state.js';
import { doorTable } from './door-table.js';

const crypto = createNodeCrypto();
const secret = new Uint8Array(16);
const publicKey = crypto.p256KeyPair().publicKey;
const aesUid = '04a1b2c3d4e5f6';
const entries: readonly SetEntry[] = [
  { id: 1, credential: { kind: 'uid', uid: unhex('01020304') } },
  { id: 2, credential: { kind: 'aes', uid: unhex(aesUid), secret } },
  { id: 3, credential: { kind: 'public-key', publicKey } },
  { id: 4, credential: { kind: 'code', salt: secret, digits: '1234' } },
];
const slow = <Card extends object>(card: Card) => ({ ...card, answer: () => undefined as never });

/** States of a lock in which something goes on at the door, or at its link. */
function samples(): readonly LockState[] {
  const lived = liveThroughCommand({ crypto, mtu: 40, warm: false });
  const enrolling = liveThroughEnroll(lived, { asks: 'at-once' }).lock;
  const links = [enrolling, ...lived.locks.map(({ state }) => state)];
  const moving = links.find(({ at }) => at === 'moving');
  if (moving?.at !== 'moving') throw new Error('No command was decided.');
  const finishing = { ...moving, at: 'finishing', connected: false } as const;
  return [...links, finishing].flatMap((link) => {
    const after = (run: (door: ReturnType<typeof createDoorScene>) => void, from: LockState = link): LockState => {
      const door = createDoorScene(entries);
      door.actuation = undefined;
      door.state = { ...from, memory: door.state.memory };
      run(door);
      return door.state;
    };
    const ways = [
      after(() => undefined),
      after((door) => void door.tap(slow(aesCard(aesUid, secret)))),
      after((door) => void door.tap(slow(signingCard(publicKey)))),
      after((door) => void door.enter('1234')),
    ];
    // A check that began before the session waited for a card, and one that outlived it.
    const [, checking, signing] = ways;
    const crossed = [checking, signing].flatMap((state) =>
      state
        ? [
            { ...enrolling, memory: state.memory, awake: state.awake },
            { ...finishing, memory: state.memory, awake: state.awake },
          ]
        : [],
    );
    return [...ways, ...crossed];
  });
}

const nonce = new Uint8Array(16);
const sightings = [uidCard('01020304'), uidCard('0a020304'), aesCard(aesUid, secret), signingCard(publicKey)];
const events: readonly (HappeningAtLock & DoorEvent)[] = [
  ...sightings.map(
    ({ technology, uid }) => ({ type: 'card', sighting: { technology, uid }, wish: 'unlock', nonce }) as const,
  ),
  ...[1, 2].flatMap((check) => [
    { type: 'card-checked', check, result: { outcome: 'proven', publicKey } } as const,
    { type: 'card-checked', check, result: { outcome: 'refused' } } as const,
  ]),
  { type: 'code', digits: '1234', wish: 'unlock' },
  { type: 'code', digits: '4321', wish: 'unlock' },
  { type: 'door-actuated', outcome: 'executed' },
  { type: 'door-actuated', outcome: 'jammed' },
];

function walk(): ReadonlyMap<string, { readonly to: Set<DoorAt>; did: number }> {
  const cells = new Map<string, { readonly to: Set<DoorAt>; did: number }>();
  for (const state of samples()) {
    for (const event of events) {
      const door = createDoorScene(entries);
      door.actuation = undefined;
      const known = { ...door.state.memory, door: state.memory.door };
      door.state = { ...state, memory: { ...state.memory, set: known.set, learnedUnder: known.learnedUnder } };
      const before = door.state;
      // The scene's own card answers nothing here: every event is one of the list.
      door.step(event);
      const name = `${doorAt(before)} × ${event.type}`;
      const cell = cells.get(name) ?? { to: new Set(), did: 0 };
      cell.to.add(doorAt(door.state));
      cell.did += door.log.length + door.moves.length + door.refusals.length;
      cells.set(name, cell);
    }
  }
  return cells;
}

describe("the door's states × events", () => {
  const cells = walk();
  const expected = Object.entries(doorTable).flatMap(([at, row]) =>
    Object.entries(row as Record<string, { to: readonly string[]; does: string }>).map(([type, cell]) => ({
      ...{ at, type },
      ...cell,
    })),
  );

  test.each(expected)('$at × $type goes where the table says, and nowhere else', ({ at, type, to, does }) => {
    const cell = cells.get(`${at} × ${type}`);
    expect([...(cell?.to ?? [])].sort()).toEqual([...to].sort());
    if (does === '–') expect(cell?.did).toBe(0);
  });

  test('stands in SPEC.md as the code has it', () => {
    const spec = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
    expect(spec).toContain(renderStateTable<string, string>(doorTable));
  });
});
