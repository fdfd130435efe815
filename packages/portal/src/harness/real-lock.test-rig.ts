import { performance } from 'node:perf_hooks';
import type { DesiredMessage } from '@latchwork/contract';
import {
  createLockSession,
  type Delivery,
  deliverParcel,
  type KeyPair,
  type LockAnswer,
  type LockLink,
  type LockParcel,
  type LockTrust,
  openVisit,
  performUnlock,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createCardField, type EmulatedCard } from '@latchwork/testing';
import type { SampleHotel } from './sample-hotel.test-rig.js';
import type { TestClock } from './test-portal.test-rig.js';

const crypto = createNodeCrypto();
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
const hexBytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const now = () => performance.now();

/** A command token with its certificate, as messages have them. */
export interface CarriedToken {
  readonly token: string;
  readonly certificate: string;
}

/** A lock of the protocol's own machine, at the end of a link in memory. */
export interface RealLock {
  /** As its label gives them, in hex. */
  readonly keys: { readonly tag: string; readonly publicKey: string; readonly identityPublicKey: string };
  trust: LockTrust | undefined;
  /** How far ahead of the test's clock its own is, until it is told the time; `null`: it has none. */
  clockOffsetSeconds: number | null;
  /** Brings it parts of what the portal desires of it, in one visit, as anybody may; or as the holder of a grant. */
  visit(parcel: LockParcel, caller?: KeyPair): Promise<Delivery>;
  /** Has a gateway perform an unlock, with the token that it is given for this connection. */
  unlock(commandId: string, token: (challenge: string) => Promise<CarriedToken>): Promise<LockAnswer>;
  /** Has a phone open the door with its grant, standing before it; what the lock says. */
  openBy(phone: KeyPair, grant: CarriedToken): Promise<string>;
  /** Connects to it, as a phone or a gateway does. */
  connect(): LockLink & { close(): void };
  /** It forgets all that it was told, and its log; it keeps its keys. */
  loseMemory(): void;
  /** Whether a code opens the door, which closes again at once. */
  opensTo(digits: string): Promise<boolean>;
  /** Holds a card to the door, which closes again at once; why it stays shut, or `opened`. */
  hold(card: EmulatedCard): Promise<string>;
}

/** Makes a lock that takes its time from the clock, with a key of its own for its receipts. */
export function createRealLock(clock: Pick<TestClock, 'now'>): RealLock {
  const identity = crypto.x25519KeyPair();
  const signing = crypto.ed25519KeyPair();
  const tag = crypto.randomBytes(8);
  let opened: (said: string) => void = () => undefined;
  const seconds = () => Math.floor(clock.now() / 1000);
  const field = createCardField((code) => opened(code));
  const begin = () =>
    createLockSession({
      crypto,
      identity,
      tag,
      signingSecret: signing.secret,
      setCapacity: { entries: 1000, bytes: 65_536 },
      trust: () => lock.trust,
      readings: () => ({
        utcSeconds: lock.clockOffsetSeconds === null ? 0 : seconds() + lock.clockOffsetSeconds,
        clockQuality: lock.clockOffsetSeconds === null ? 'none' : 'good',
        bolt: 'locked',
        batteryPercent: 80,
        privacy: false,
      }),
      actuate: async () => {
        opened('opened');
        return { outcome: 'executed', bolt: 'locked' };
      },
      reader: field,
      setClock: ({ utcSeconds }) => {
        lock.clockOffsetSeconds = utcSeconds - seconds();
      },
      now,
    });
  let session = begin();
  const connect = (): LockLink & { close(): void } => {
    let listener: (frame: Uint8Array) => void = () => undefined;
    let end: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      end = resolve;
    });
    const info = session.connected({ mtu: 247, notify: (frame) => listener(frame), disconnect: () => end() });
    if (info === undefined) throw new Error('The lock is busy.');
    return {
      mtu: 247,
      readInfo: async () => info,
      write: async (frame) => session.received(frame),
      onFrame: (next) => {
        listener = next;
      },
      closed,
      close: () => {
        session.disconnected();
        end();
      },
    };
  };
  const lock: RealLock = {
    keys: { tag: hexOf(tag), publicKey: hexOf(identity.publicKey), identityPublicKey: hexOf(signing.publicKey) },
    trust: undefined,
    clockOffsetSeconds: 0,
    visit: async (parcel, caller = crypto.x25519KeyPair()) => {
      const link = connect();
      try {
        const visit = await openVisit({ crypto, link, lockPublicKey: identity.publicKey, caller, now });
        const delivery = await deliverParcel(visit, parcel, { now });
        visit.end();
        return delivery;
      } finally {
        link.close();
      }
    },
    unlock: async (commandId, token) => {
      const link = connect();
      try {
        return await performUnlock({
          ...{ crypto, link, lockPublicKey: identity.publicKey, caller: crypto.x25519KeyPair(), now },
          command: { commandId: hexBytes(commandId), action: 'unlock', ttlMs: 8_000, intent: 'tap' },
          authority: async (challenge) => {
            const given = await token(hexOf(challenge));
            return { kind: 'token', token: bytesOf(given.token), certificate: bytesOf(given.certificate) };
          },
        });
      } finally {
        link.close();
      }
    },
    openBy: async (phone, { token, certificate }) => {
      const link = connect();
      try {
        const { code } = await performUnlock({
          ...{ crypto, link, lockPublicKey: identity.publicKey, caller: phone, now },
          command: { commandId: crypto.randomBytes(8), action: 'unlock', ttlMs: 8_000, intent: 'tap' },
          authority: async () => ({ kind: 'grant', grant: bytesOf(token), certificate: bytesOf(certificate) }),
        });
        return code;
      } finally {
        link.close();
      }
    },
    connect,
    loseMemory: () => {
      session = begin();
    },
    opensTo: async (digits) =>
      await new Promise<boolean>((resolve) => {
        opened = (said) => resolve(said === 'opened');
        session.code(digits);
      }),
    hold: async (card) => {
      const said = new Promise<string>((resolve) => {
        opened = resolve;
      });
      await field.hold(card, (...seen) => session.card(...seen));
      return await said;
    },
  };
  return lock;
}

/** Puts it in the place of the hotel's lock, commissioned for its property. @returns the id of its device */
export async function fitRealLock(lock: RealLock, hotel: SampleHotel): Promise<string> {
  const { rootPublicKey, property, epoch } = hotel.property.lockTrust;
  lock.trust = { rootPublicKey: hexBytes(rootPublicKey), property: hexBytes(property), epoch };
  const { client } = hotel.people.organization_owner;
  await client.devices.remove({ deviceId: hotel.device.id });
  const device = { kind: 'lock', name: 'Lock', entranceId: hotel.entrance.id, ...lock.keys } as const;
  const { id } = await client.devices.create({ propertyId: hotel.property.id, ...device });
  return id;
}

/** Holds a card to the lock until whoever waits for it has it: before that the lock takes it for one that is to open. */
export async function heldUntil<Answer>(lock: RealLock, card: EmulatedCard, waiting: Promise<Answer>): Promise<Answer> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  waiting.then(over, over);
  while (!isOver) {
    void lock.hold(card);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return await waiting;
}

/** What a gateway takes to the lock of a desired message. */
export function parcelOf(
  { bulletin, set }: DesiredMessage,
  parts: readonly ('bulletin' | 'set')[] = ['bulletin', 'set'],
): LockParcel {
  return {
    ...(bulletin === undefined || !parts.includes('bulletin')
      ? {}
      : { bulletin: { object: bytesOf(bulletin.object), certificate: bytesOf(bulletin.certificate) } }),
    ...(set === undefined || !parts.includes('set')
      ? {}
      : {
          set: {
            manifest: bytesOf(set.manifest),
            certificate: bytesOf(set.certificate),
            summaryBefore: set.summaryBefore.map(hexBytes),
            delta: set.delta.map(bytesOf),
            summary: set.summary.map(hexBytes),
            buckets: set.buckets.map((boxes) => boxes.map(bytesOf)),
            clearances: set.clearances.map(bytesOf),
          },
        }),
  };
}
