import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AnswerCode } from '../answer-code.js';
import type { Authority, LockAction } from '../caller/lock-link.js';
import { performUnlock } from '../caller/perform-unlock.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { openRawCaller } from '../lock/raw-caller.test-rig.js';
import { encodeRequest } from '../message.js';
import { createDoor, createFakeTime, createProperty } from '../session.test-rig.js';
import { withPlainTables } from '../spec-text.test-rig.js';
import type { HolderRole, Right } from './rights.js';

type Held = 'operation and place' | 'operation only' | 'place only' | 'neither';
type Via = 'local' | 'remote';

/** SPEC §10.4: what a lock answers a grant, by the holder's role, by where the person is, and by the rights held. */
const matrix = {
  holder: {
    local: { 'operation and place': 'ok', 'operation only': 'no-right', 'place only': 'no-right', neither: 'no-right' },
    remote: {
      'operation and place': 'ok',
      'operation only': 'remote-denied',
      'place only': 'no-right',
      neither: 'no-right',
    },
  },
  gateway: {
    local: {
      'operation and place': 'no-right',
      'operation only': 'no-right',
      'place only': 'no-right',
      neither: 'no-right',
    },
    remote: {
      'operation and place': 'no-right',
      'operation only': 'no-right',
      'place only': 'no-right',
      neither: 'no-right',
    },
  },
} as const satisfies Record<HolderRole, Record<Via, Record<Held, AnswerCode>>>;

const actions = ['unlock', 'lock', 'hold-open'] as const satisfies readonly LockAction[];
const roles = ['holder', 'gateway'] as const satisfies readonly HolderRole[];
const vias = ['local', 'remote'] as const satisfies readonly Via[];
/** Every subset of the rights that could matter, and one that never does. */
const pool = ['unlock', 'lock', 'hold-open', 'local', 'remote', 'status'] as const satisfies readonly Right[];
const subsets = Array.from({ length: 2 ** pool.length }, (_, mask) => pool.filter((_right, bit) => mask & (1 << bit)));

function heldOf(rights: readonly Right[], action: LockAction, via: Via): Held {
  if (rights.includes(action)) return rights.includes(via) ? 'operation and place' : 'operation only';
  return rights.includes(via) ? 'place only' : 'neither';
}

function createScene() {
  const crypto = createNodeCrypto();
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust });
  const caller = crypto.x25519KeyPair();
  const perform = async (o: {
    action: LockAction;
    via: Via;
    authority: (challenge: Uint8Array) => Promise<Authority>;
    commandId?: Uint8Array;
  }) => {
    const { action, via, authority, commandId = crypto.randomBytes(8) } = o;
    const link = door.connect();
    const command = { commandId, action, via, ttlMs: 5000, intent: 'tap' } as const;
    const { now, startTimer } = time;
    const lockPublicKey = door.publicKey;
    const answer = await performUnlock({ crypto, link, lockPublicKey, caller, command, authority, now, startTimer });
    link.close();
    return answer.code;
  };
  return { crypto, time, property, door, caller, perform };
}

describe.each(roles)('a grant of a %s', (role) => {
  test.each(actions)('T5: %s × rights × local and remote equals the table', async (action) => {
    const { property, door, caller, perform, time } = createScene();
    for (const rights of subsets) {
      const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights, role });
      const authority = async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }) as const;
      for (const via of vias) {
        const before = door.moves.length;
        const code = await perform({ action, via, authority });
        expect({ rights, via, code }).toEqual({ rights, via, code: matrix[role][via][heldOf(rights, action, via)] });
        expect(door.moves.length - before).toBe(code === 'ok' ? 1 : 0);
        await time.advance(2000);
      }
    }
  });
});

test.each(actions)('T5: a token allows %s exactly when it was signed for it', async (action) => {
  const { crypto, property, door, perform } = createScene();
  for (const signed of actions) {
    const commandId = crypto.randomBytes(8);
    const authority = async (challenge: Uint8Array) =>
      ({
        kind: 'token',
        token: property.token({ lock: door.tag, commandId, challenge, action: signed }),
        certificate: property.certificates.cmd,
      }) as const;
    expect(await perform({ action, via: 'remote', authority, commandId })).toBe(action === signed ? 'ok' : 'no-right');
  }
});

test.each(actions)(
  'T5: whoever shows nothing that the property signed has no right to %s, a gateway included',
  async (action) => {
    const { crypto, door } = createScene();
    const link = door.connect();
    const gateway = await openRawCaller({ crypto, link, lockPublicKey: door.publicKey });
    const command = { action, commandId: crypto.randomBytes(8), ttlMs: 5000, intent: 'tap', via: 'local' } as const;
    expect(await gateway.request(encodeRequest({ command }))).toMatchObject({ code: 'no-right', bolt: 'locked' });
    expect(door.moves).toHaveLength(0);
  },
);

test('T5: the table stands in SPEC.md as it is tested', () => {
  const spec = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
  const columns = ['operation and place', 'operation only', 'place only', 'neither'] as const satisfies readonly Held[];
  const lines = [
    `| role | from | ${columns.join(' | ')} |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...roles.flatMap((role) =>
      vias.map(
        (via) => `| ${role} | ${via} | ${columns.map((held) => `\`${matrix[role][via][held]}\``).join(' | ')} |`,
      ),
    ),
  ];
  expect(spec).toContain(lines.join('\n'));
});
