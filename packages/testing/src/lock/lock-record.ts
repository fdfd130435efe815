import { type CborValue, decodeCbor, encodeCbor, type LockTrust } from '@latchwork/lock-protocol';
import type { ClockRecord } from './lock-clock.js';
import { SimulatedLockError } from './lock-error.js';

/** What makes a lock itself: made once, and secret but for the tag. */
export interface LockIdentity {
  /** 8 random bytes, advertised. */
  readonly tag: Uint8Array;
  /** Secret of the static X25519 key pair. */
  readonly staticSecret: Uint8Array;
  /** Secret of the Ed25519 key pair that signs receipts and log heads. */
  readonly signingSecret: Uint8Array;
  /** Secret of the static P-256 key pair, for a lock with suite 2. */
  readonly p256Secret?: Uint8Array;
  /** How often the lock had been reset when these were drawn. Default 0. */
  readonly resets?: number;
}

/** All that a simulated lock must not forget, kept as one record: the old one or the new one is found, never a mix. */
export interface LockRecord {
  readonly identity: LockIdentity;
  /** 16 bytes, drawn when the lock is made and printed on its label; stays over resets. */
  readonly setupSecret: Uint8Array;
  /** Whom it was told to obey from outside the protocol. */
  readonly trust: LockTrust | undefined;
  /** The lock machine's own memory, opaque here. */
  readonly memory: Uint8Array | undefined;
  readonly clock: ClockRecord;
  /** Times a command moved the bolt. */
  readonly boltMoves: number;
  /** Times it was switched on. */
  readonly boots: number;
}

const field = {
  identity: 1,
  trust: 2,
  memory: 3,
  setting: 4,
  counter: 5,
  boltMoves: 6,
  boots: 7,
  setupSecret: 8,
} as const;
const limits = { sizeBytes: 65_536, depth: 4, items: 256 };

/** Bytes of a record; the format is the simulated lock's own. */
export function encodeLockRecord(record: LockRecord): Uint8Array {
  const { identity, trust, memory, clock } = record;
  const { tag, staticSecret, signingSecret, resets = 0, p256Secret = null } = identity;
  const { setting } = clock;
  return encodeCbor(
    new Map<number, CborValue>([
      [field.identity, [tag, staticSecret, signingSecret, resets, p256Secret]],
      [field.setupSecret, record.setupSecret],
      [field.trust, trust === undefined ? null : [trust.rootPublicKey, trust.property, trust.epoch]],
      [field.memory, memory ?? null],
      [
        field.setting,
        setting === undefined
          ? null
          : [setting.counter.run, setting.counter.seconds, setting.utcSeconds, setting.errorSeconds],
      ],
      [field.counter, [clock.run, Math.floor(clock.counterMs), Math.floor(clock.at)]],
      [field.boltMoves, record.boltMoves],
      [field.boots, record.boots],
    ]),
  );
}

/**
 * Reads what {@link encodeLockRecord} wrote.
 * @throws SimulatedLockError `flash-damaged` for anything else.
 */
export function decodeLockRecord(bytes: Uint8Array): LockRecord {
  const map = decodeCbor(bytes, limits);
  if (!(map instanceof Map)) return refuse();
  const [tag, staticSecret, signingSecret, resets, p256Secret = null] = listOf(map.get(field.identity));
  const trust = map.get(field.trust) ?? null;
  const memory = map.get(field.memory) ?? null;
  const setting = map.get(field.setting) ?? null;
  const [run, counterMs, at] = numbersOf(map.get(field.counter));
  return {
    identity: {
      tag: bytesOf(tag),
      staticSecret: bytesOf(staticSecret),
      signingSecret: bytesOf(signingSecret),
      resets: numberOf(resets),
      ...(p256Secret === null ? {} : { p256Secret: bytesOf(p256Secret) }),
    },
    setupSecret: bytesOf(map.get(field.setupSecret)),
    trust: trust === null ? undefined : readTrust(trust),
    memory: memory === null ? undefined : bytesOf(memory),
    clock: {
      setting: setting === null ? undefined : readSetting(setting),
      run: numberOf(run),
      counterMs: numberOf(counterMs),
      at: numberOf(at),
    },
    boltMoves: numberOf(map.get(field.boltMoves)),
    boots: numberOf(map.get(field.boots)),
  };
}

function readTrust(value: CborValue): LockTrust {
  const [rootPublicKey, property, epoch] = listOf(value);
  return { rootPublicKey: bytesOf(rootPublicKey), property: bytesOf(property), epoch: numberOf(epoch) };
}

function readSetting(value: CborValue): ClockRecord['setting'] {
  const [run, seconds, utcSeconds, errorSeconds] = numbersOf(value);
  return {
    counter: { run: numberOf(run), seconds: numberOf(seconds) },
    utcSeconds: numberOf(utcSeconds),
    errorSeconds: numberOf(errorSeconds),
  };
}

function numbersOf(value: CborValue | undefined): readonly number[] {
  return listOf(value).map(numberOf);
}

function listOf(value: CborValue | undefined): readonly CborValue[] {
  return Array.isArray(value) ? value : refuse();
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : refuse();
}

function numberOf(value: CborValue | undefined): number {
  return typeof value === 'number' ? value : refuse();
}

function refuse(): never {
  throw new SimulatedLockError({ code: 'flash-damaged' }, 'The record of the lock cannot be read.');
}
