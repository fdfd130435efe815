import { callerStep, startCaller } from '../caller/caller-machine.js';
import type { CallerContext, CallerEvent, CallerState } from '../caller/caller-state.js';
import type { Authority } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { encodeInfo, type SuiteName } from '../encoding/gatt.js';
import { drawPair } from '../noise/suite.test-rig.js';
import { createProperty, epochSeconds, type Property } from '../session.test-rig.js';
import { lockStep, startLock } from './lock-machine.js';
import { emptyMemory, type LockMemory, memoryUnder, rememberCertificate } from './lock-memory.js';
import type { LinkEvent, LockContext, LockReadings, LockState } from './lock-state.js';

/** One honest command as both machines live through it, with no driver and no time between them. */
export interface LivedCommand {
  readonly lockContext: LockContext;
  readonly callerContext: CallerContext;
  readonly property: Property;
  readonly authority: Authority;
  readonly info: Uint8Array;
  readonly challenge: Uint8Array;
  readonly readings: LockReadings;
  /** Every state of the lock with the event that came next, in order. */
  readonly locks: readonly { readonly state: LockState; readonly event: LinkEvent }[];
  readonly callers: readonly { readonly state: CallerState; readonly event: CallerEvent }[];
  readonly lock: LockState;
  readonly caller: CallerState;
}

export interface LivedCommandOptions {
  readonly crypto: CryptoProvider;
  readonly mtu: number;
  /** The lock holds the certificate already. */
  readonly warm: boolean;
  /** Suite 1 when absent. */
  readonly suite?: SuiteName;
  /** How the caller may: by a token when absent. */
  readonly by?: Authority['kind'];
}

/** What a lock says of itself in these tests. */
const readings: LockReadings = {
  utcSeconds: epochSeconds,
  clockQuality: 'good',
  bolt: 'locked',
  batteryPercent: 50,
  privacy: false,
};

export function liveThroughCommand(o: LivedCommandOptions): LivedCommand {
  const { crypto, mtu, warm, suite = 'x25519ChaChaPoly' } = o;
  const property = createProperty(crypto);
  const { trust } = property;
  const identity = crypto.x25519KeyPair();
  const p256 = suite === 'p256AesGcm' ? { p256Identity: crypto.p256KeyPair() } : {};
  const identities = { x25519ChaChaPoly: identity, p256AesGcm: p256.p256Identity };
  const tag = crypto.randomBytes(8);
  const challenge = crypto.randomBytes(8);
  const commandId = crypto.randomBytes(8);
  const info = encodeInfo({
    versions: 1,
    suites: p256.p256Identity ? 3 : 1,
    maxMessageSizeBytes: 4096,
    tag,
    nonce: challenge,
  });
  const lockContext: LockContext = { crypto, identity, ...p256 };
  const callerContext: CallerContext = {
    crypto,
    lockPublicKey: identities[suite]?.publicKey ?? identity.publicKey,
    caller: drawPair(crypto, suite),
    command: { commandId, action: 'unlock', ttlMs: 4000, intent: 'staff' },
    mtu,
    deadlineAt: 4000,
  };
  const authority: Authority =
    o.by === 'grant'
      ? {
          kind: 'grant',
          grant: property.grant({ locks: [tag], holderPublicKey: callerContext.caller.publicKey }),
          certificate: property.certificates.grant,
        }
      : {
          kind: 'token',
          token: property.token({ lock: tag, commandId, challenge }),
          certificate: property.certificates.cmd,
        };
  const known: LockMemory = rememberCertificate(memoryUnder(emptyMemory, trust), authority.certificate);

  const locks: { state: LockState; event: LinkEvent }[] = [];
  const callers: { state: CallerState; event: CallerEvent }[] = [];
  let lock = startLock(warm ? known : emptyMemory);
  let caller = startCaller;
  const toLock = (event: LinkEvent): Uint8Array[] => {
    locks.push({ state: lock, event });
    const step = lockStep(lockContext, lock, event);
    lock = step.state;
    if (step.effects.some((effect) => effect.type === 'actuate')) {
      const actuation = { outcome: 'executed', bolt: 'unlocked' } as const;
      return toLock({ type: 'actuated', at: 0, readings, trust, nonce: crypto.randomBytes(8), actuation });
    }
    return step.effects.flatMap((effect) => (effect.type === 'notify' ? effect.frames : []));
  };
  const toCaller = (event: CallerEvent): Uint8Array[] => {
    callers.push({ state: caller, event });
    const step = callerStep(callerContext, caller, event);
    caller = step.state;
    if (step.effects.some((effect) => effect.type === 'permit')) return toCaller({ type: 'permitted', at: 0 });
    return step.effects.flatMap((effect) => (effect.type === 'write' ? effect.writes.map(({ frame }) => frame) : []));
  };
  const carryToLock = (frame: Uint8Array) =>
    toLock({ type: 'frame', at: 0, readings, trust, frame, nonce: crypto.randomBytes(8) });
  const carryToCaller = (frame: Uint8Array) => toCaller({ type: 'frame', at: 0, frame });

  const ephemerals = {
    ephemeral: crypto.x25519KeyPair(),
    ...(p256.p256Identity ? { p256Ephemeral: crypto.p256KeyPair() } : {}),
  };
  toLock({ type: 'connected', at: 0, readings, mtu, info, ...ephemerals });
  const first = toCaller({ type: 'started', at: 0, info, ephemeral: drawPair(crypto, suite) });
  const greeted = first.flatMap(carryToLock).flatMap(carryToCaller);
  let frames = [...greeted, ...toCaller({ type: 'authorized', at: 0, authority })];
  while (frames.length > 0) frames = frames.flatMap(carryToLock).flatMap(carryToCaller);
  locks.push({ state: lock, event: { type: 'disconnected', at: 0, readings } });
  callers.push({ state: caller, event: { type: 'timer', at: 0 } });
  return { lockContext, callerContext, property, authority, info, challenge, readings, locks, callers, lock, caller };
}
