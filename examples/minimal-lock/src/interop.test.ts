import {
  type Grant,
  type LockAnswer,
  type LockLink,
  performUnlock,
  signCommandToken,
  signGrant,
  signPropertyCertificate,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { describe, expect, it } from 'vitest';
import type { Calendar } from './certificate.js';
import { createLock, type Lock } from './lock.js';
import { createMemory, type LockMemory } from './memory.js';
import { x25519PublicKey } from './primitives.js';
import { hex } from './vectors.test-rig.js';

const crypto = createNodeCrypto();
const root = crypto.ed25519KeyPair();
const cmd = crypto.ed25519KeyPair();
const granting = crypto.ed25519KeyPair();
const property = crypto.randomBytes(8);
const utcSeconds = 1_799_654_400;
const year = { notBefore: utcSeconds - 86_400, expires: utcSeconds + 86_400 * 300 };
const certificates = {
  token: signPropertyCertificate(crypto, root.secret, {
    property,
    publicKey: cmd.publicKey,
    use: 'cmd',
    epoch: 1,
    ...year,
  }),
  grant: signPropertyCertificate(crypto, root.secret, {
    property,
    publicKey: granting.publicKey,
    use: 'grant',
    epoch: 1,
    ...year,
  }),
};

interface Door {
  readonly tag: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly moves: number[];
  clock: Calendar;
  nowMs: number;
  lock: Lock;
  /** The lock after a power cut, with the memory that it stored last. */
  restart(): void;
  /** Cuts the power at the next move of the bolt. */
  cutPower: boolean;
}

function createDoor(): Door {
  const secret = crypto.randomBytes(32);
  const tag = crypto.randomBytes(8);
  let stored: LockMemory = createMemory({ rootPublicKey: root.publicKey, property, epoch: 1 });
  const create = (): Lock => createLock({ tag, secret, memory: stored, hardware });
  const hardware = {
    moveBolt(action: number) {
      door.moves.push(action);
      if (door.cutPower) throw new Error('power cut');
      return 'ok' as const;
    },
    get bolt() {
      return (['locked', 'unlocked', 'locked', 'held-open'] as const)[door.moves.at(-1) ?? 0] ?? 'unknown';
    },
    batteryPercent: 80,
    get clock() {
      return door.clock;
    },
    roomIsPrivate: false,
    store(memory: LockMemory) {
      stored = memory;
    },
  };
  const door: Door = {
    tag,
    publicKey: x25519PublicKey(secret),
    moves: [],
    clock: { quality: 'good', utcSeconds },
    nowMs: 0,
    cutPower: false,
    lock: undefined as unknown as Lock,
    restart() {
      door.cutPower = false;
      door.lock = create();
    },
  };
  door.restart();
  return door;
}

/** A link in memory; `recorded` takes every frame that the caller writes. */
function linkTo(door: Door, recorded: Uint8Array[] = []): LockLink {
  let close: (reason: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => {
    close = resolve;
  });
  let listener: (frame: Uint8Array) => void = () => undefined;
  const info = door.lock.connect(185, door.nowMs) ?? new Uint8Array(0);
  return {
    mtu: 185,
    readInfo: async () => info,
    async write(frame) {
      recorded.push(frame);
      const { frames, end } = door.lock.frame(frame, door.nowMs);
      for (const reply of frames) queueMicrotask(() => listener(reply));
      if (end) close('ended');
    },
    onFrame(next) {
      listener = next;
    },
    closed,
  };
}

interface Attempt {
  readonly authority: 'token' | 'grant';
  readonly action?: 'unlock' | 'lock' | 'hold-open';
  readonly commandId?: Uint8Array;
  readonly recorded?: Uint8Array[];
  readonly tokenFor?: Uint8Array;
  readonly grant?: Partial<Grant>;
}

async function attempt(door: Door, o: Attempt): Promise<LockAnswer> {
  const caller = crypto.x25519KeyPair();
  const { action = 'unlock', commandId = crypto.randomBytes(8) } = o;
  const link = linkTo(door, o.recorded);
  const grant: Grant = {
    grantId: crypto.randomBytes(8),
    locks: [door.tag],
    notBefore: utcSeconds - 60,
    issuedAt: utcSeconds - 60,
    expires: utcSeconds + 3600,
    holderPublicKey: caller.publicKey,
    rights: ['unlock', 'lock', 'hold-open', 'local', 'remote'],
    epoch: 1,
    ...o.grant,
  };
  const authorize = async (challenge: Uint8Array) => {
    if (o.authority === 'grant') {
      return {
        kind: 'grant',
        grant: signGrant(crypto, granting.secret, grant),
        certificate: certificates.grant,
      } as const;
    }
    const lock = o.tokenFor ?? door.tag;
    const times = { issuedAt: utcSeconds, expires: utcSeconds + 10 };
    const token = signCommandToken(crypto, cmd.secret, { lock, commandId, action, challenge, epoch: 1, ...times });
    return { kind: 'token', token, certificate: certificates.token } as const;
  };
  try {
    return await performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller,
      command: { commandId, action, ttlMs: 4000, intent: 'tap' },
      authority: authorize,
      now: () => door.nowMs,
    });
  } finally {
    door.lock.disconnect(door.nowMs);
  }
}

describe('the caller of the package at this lock', () => {
  it.each(['token', 'grant'] as const)('opens, locks and holds open with a %s', async (authority) => {
    const door = createDoor();
    expect(await attempt(door, { authority })).toMatchObject({ code: 'ok', bolt: 'unlocked', batteryPercent: 80 });
    expect(await attempt(door, { authority, action: 'lock' })).toMatchObject({ code: 'ok', bolt: 'locked' });
    const last = await attempt(door, { authority, action: 'hold-open' });
    expect(last).toMatchObject({ code: 'ok', bolt: 'held-open', logSeq: 3, repeated: false });
    expect(hex(last.logHead)).toBe(hex(door.lock.memory.log.head.subarray(0, 16)));
    expect(door.moves).toEqual([1, 2, 3]);
  });

  it.each<[string, Attempt & { quality?: Calendar['quality'] }]>([
    ['wrong-lock', { authority: 'token', tokenFor: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
    ['wrong-lock', { authority: 'grant', grant: { locks: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)] } }],
    ['not-yet', { authority: 'grant', grant: { notBefore: utcSeconds + 1 } }],
    ['expired', { authority: 'grant', grant: { expires: utcSeconds } }],
    ['no-right', { authority: 'grant', grant: { rights: ['lock', 'local', 'remote'] } }],
    ['no-right', { authority: 'grant', grant: { flags: ['user-verify'] } }],
    ['auth', { authority: 'grant', grant: { holderPublicKey: x25519PublicKey(crypto.randomBytes(32)) } }],
    ['no-clock', { authority: 'grant', quality: 'none' }],
    [
      'schedule',
      {
        authority: 'grant',
        grant: {
          schedule: {
            windows: [{ weekdays: 127, startMinute: 540, endMinute: 541 }],
            offsets: [{ from: 0, offsetMinutes: 0 }],
          },
        },
      },
    ],
  ])('T6: answers %s, and the bolt stays', async (code, { quality = 'good', ...o }) => {
    const door = createDoor();
    door.clock = { quality, utcSeconds };
    expect(await attempt(door, o)).toMatchObject({ code, bolt: 'locked' });
    expect(door.moves).toEqual([]);
    expect(door.lock.memory.log.sequence).toBe(1);
  });

  it('answers the stored result to a command id that it knows, also after a restart', async () => {
    const door = createDoor();
    const commandId = crypto.randomBytes(8);
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ code: 'ok', repeated: false });
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ code: 'ok', repeated: true });
    door.restart();
    expect(await attempt(door, { authority: 'token', commandId })).toMatchObject({ bolt: 'unlocked', repeated: true });
    expect(door.moves).toEqual([1]);
    for (let count = 0; count < 64; count += 1) await attempt(door, { authority: 'grant' });
    expect(door.lock.memory.commands).toHaveLength(64);
  });

  it('T1: a replay of a whole recorded session moves nothing', async () => {
    const door = createDoor();
    const recorded: Uint8Array[] = [];
    await attempt(door, { authority: 'token', recorded });
    door.lock.connect(185, door.nowMs);
    const replayed = recorded.map((frame) => door.lock.frame(frame, door.nowMs));
    expect(replayed[0]).toEqual({ frames: [], end: true });
    expect(replayed.flatMap(({ frames }) => frames)).toEqual([]);
    expect(door.moves).toEqual([1]);
    expect(door.lock.memory.log.entries.at(-1)?.subarray(8, 11)).toEqual(Buffer.of(2, 0, 4));
  });

  it('does not run a command again that the power failed in', async () => {
    const door = createDoor();
    door.cutPower = true;
    const commandId = crypto.randomBytes(8);
    await expect(attempt(door, { authority: 'token', commandId })).rejects.toThrow();
    door.restart();
    const answer = await attempt(door, { authority: 'token', commandId });
    expect(answer).toMatchObject({ code: 'position-unknown', repeated: true });
    expect(door.moves).toEqual([1]);
  });

  it('the second issue of a slot ends the first, and a one-shot grant opens once', async () => {
    const door = createDoor();
    const issue = (number: number) => attempt(door, { authority: 'grant', grant: { slot: 4, issue: number } });
    expect(await issue(7)).toMatchObject({ code: 'ok' });
    expect(await issue(8)).toMatchObject({ code: 'ok' });
    expect(await issue(7)).toMatchObject({ code: 'superseded' });
    const once: Attempt = { authority: 'grant', grant: { grantId: crypto.randomBytes(8), flags: ['one-shot'] } };
    expect(await attempt(door, once)).toMatchObject({ code: 'ok' });
    expect(await attempt(door, once)).toMatchObject({ code: 'superseded' });
  });
});
