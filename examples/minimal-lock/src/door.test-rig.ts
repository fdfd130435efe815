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
import type { Calendar } from './certificate.js';
import { createLock, type Lock } from './lock.js';
import { createMemory, type LockMemory } from './memory.js';
import { x25519PublicKey } from './primitives.js';

/** The package's own cryptography, for its caller. */
export const crypto = createNodeCrypto();
const root = crypto.ed25519KeyPair();
const cmd = crypto.ed25519KeyPair();
const granting = crypto.ed25519KeyPair();
const property = crypto.randomBytes(8);
/** Now, at every door. */
export const utcSeconds = 1_799_654_400;
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

/** A door with a minimal lock; `moves` are the actions that its bolt has done. */
export interface Door {
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

/** A door whose lock obeys one root, and has no certificate yet. */
export function createDoor(): Door {
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

/** What somebody tries at a door; `recorded` takes the frames. */
export interface Attempt {
  readonly authority: 'token' | 'grant';
  readonly action?: 'unlock' | 'lock' | 'hold-open';
  readonly commandId?: Uint8Array;
  readonly recorded?: Uint8Array[];
  readonly tokenFor?: Uint8Array;
  readonly tokenOver?: Uint8Array;
  /** How long the authority, a token for one second then, is under way. */
  readonly heldBackMs?: number;
  readonly grant?: Partial<Grant>;
}

/** Has the package's caller try. */
export async function attempt(door: Door, o: Attempt): Promise<LockAnswer> {
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
  const authorize = async (lockNonce: Uint8Array) => {
    const challenge = o.tokenOver ?? lockNonce;
    door.nowMs += o.heldBackMs ?? 0;
    if (o.authority === 'grant') {
      return {
        kind: 'grant',
        grant: signGrant(crypto, granting.secret, grant),
        certificate: certificates.grant,
      } as const;
    }
    const lock = o.tokenFor ?? door.tag;
    const times = { issuedAt: utcSeconds, expires: utcSeconds + (o.heldBackMs === undefined ? 10 : 1) };
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
