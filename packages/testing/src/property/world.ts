import type { CryptoProvider, KeyPair, LogReader } from '@latchwork/lock-protocol';
import { noRevision, startLogReader } from '@latchwork/lock-protocol';
import { type DesiredLock, startDesiredLock } from './desired-lock.js';
import { createDice, type Dice } from './dice.js';
import { createDoor } from './door.js';
import { type Card, createCards, judgeDoorMove } from './door-cards.js';
import type { CounterFate } from './door-clock.js';
import type { History, Presenter } from './history.js';
import { createProperty, type Property } from './property.js';
import { connectDoor, type LinkPlan, type RadioLink } from './radio-link.js';
import type { GrantTruth, TokenTruth } from './truth.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';
import { createWatch, type Watch, type WatchedLock, worldBeginsAt } from './watch.js';
import { createWorldCrypto } from './world-crypto.js';

/** Somebody with a phone: a guest, staff, or whoever has taken it from them. */
export interface Phone {
  readonly name: string;
  readonly keys: KeyPair;
  /** Oldest first. */
  readonly grants: GrantTruth[];
}

/** One lock's side of the property: what it has read of the log. */
export interface PropertyView {
  reader: LogReader;
  /** Entries in hex by their numbers, as they were proven. */
  readonly records: Map<number, string>;
  /** What the reader says is gone. */
  readonly lost: { readonly from: number; readonly to: number }[];
}

/** A property, its locks and everybody around them. */
export interface World {
  readonly time: VirtualTime;
  readonly crypto: CryptoProvider;
  readonly watch: Watch;
  readonly property: Property;
  /** Others that sign: under another root, and another property under the same root. */
  readonly strangers: { readonly root: Property; readonly property: Property };
  readonly locks: readonly WatchedLock[];
  readonly views: PropertyView[];
  /** How far an installer has come with each lock that is not commissioned yet, and the orders of its lives. */
  readonly installs: (Uint8Array | undefined)[];
  readonly orders: { readonly tag: string; readonly order: Uint8Array; readonly epoch: number }[];
  /** What the property wants of each lock. */
  readonly desired: DesiredLock[];
  /** Every time token that a carrier was given. */
  readonly times: {
    readonly lock: number;
    readonly bytes: Uint8Array;
    readonly certificate: Uint8Array;
    readonly challenge: string;
    readonly at: number;
  }[];
  readonly phones: readonly Phone[];
  readonly gateway: KeyPair;
  /** Grants of the gateway, by lock; renewed with each epoch. */
  readonly carriers: Map<string, GrantTruth>;
  readonly issues: Map<number, number>;
  readonly cards: readonly Card[];
  readonly grants: GrantTruth[];
  readonly tokens: TokenTruth[];
  readonly recordings: { readonly lock: number; readonly frames: readonly Uint8Array[] }[];
  /** Newest command id at each lock. */
  readonly newestCommands: Map<number, Uint8Array>;
  /** Virtual ms until which something is out: `wan`, `gateway`, `radio 0`. */
  readonly outages: Map<string, number>;
  /** How long a lock stays dark the next time, and what its counter does meanwhile. */
  readonly nights: Map<number, { readonly darkMs: number; readonly counter: CounterFate }>;
  utc(): number;
  isOut(what: string): boolean;
  keysOf(presenter: Presenter): { readonly name: string; readonly keys: KeyPair };
  /** Connects, unless the radio is out; `undefined` also for a lock that is dark or busy. */
  connect(lock: WatchedLock, plan: LinkPlan): RadioLink | undefined;
}

/** Makes the world of a history at its beginning. */
export function createWorld(history: History): World {
  const { seed } = history;
  const time = createVirtualTime();
  const watch = createWatch({
    now: time.now,
    judgeDoor: (lock, action, knows) => judgeDoorMove(world, lock, { action, knows }),
  });
  const utc = (): number => worldBeginsAt + time.now() / 1000;
  const parts = createWorldCrypto(seed);
  const crypto = parts.part('world');
  const property = createProperty(parts.part('property'), { utc, isOwn: true });
  const strange = parts.part('strangers');
  const dice: Dice = createDice(seed, 'doors');
  const nights: World['nights'] = new Map();
  for (let number = 0; number < history.locks; number += 1) {
    const door = createDoor({
      crypto: parts.part(`lock ${number}`),
      ...{ time, trust: property.trust, driftPpm: dice.int(-50, 50) },
      ...{ actuationMs: dice.pick([0, 200, 1500]), relockMs: 5000 },
      witness: {
        moved: (move) => watch.moved(lock, move),
        logged: (entry) => watch.logged(lock, entry),
        told: (told) => watch.told(lock, told),
        reborn: (resets) => watch.reborn(lock, resets),
        proven: () => watch.proven(lock),
        dark: () => {
          watch.dark(lock);
          const night = nights.get(number) ?? { darkMs: 2000, counter: 'counts-on' as const };
          nights.delete(number);
          time.at(time.now() + night.darkMs, () => lock.door.wake(night.counter));
        },
      },
    });
    const { tag, publicKey, signingPublicKey } = door;
    const lock: WatchedLock = {
      ...{ number, door, life: 0, known: { place: number, tag, publicKey, signingPublicKey } },
      ...{ isOrdered: true, presentAt: Number.NEGATIVE_INFINITY, isTorn: false, isReleased: false },
      ...{ link: undefined, epoch: 1, newestIssue: 0, issues: new Map(), used: new Map(), revoked: new Set() },
      ...{ standing: noRevision, set: noRevision, receiptAt: 0, presented: {}, movedAt: -1, cuts: 0 },
      ...{ moves: new Map(), doorMove: undefined, typings: [], log: [] },
    };
    watch.locks.push(lock);
  }
  const phones = Array.from({ length: history.phones }, (_, number) => ({
    ...{ name: `phone ${number}`, keys: parts.part(`phone ${number}`).x25519KeyPair(), grants: [] },
  }));
  const gateway = parts.part('gateway').x25519KeyPair();
  const outages: World['outages'] = new Map();
  const isOut = (what: string): boolean => (outages.get(what) ?? 0) > time.now();
  const world: World = {
    ...{ time, crypto, watch, property, phones, gateway, outages, nights, isOut },
    strangers: {
      root: createProperty(strange, { utc, isOwn: false, tag: property.trust.property }),
      property: createProperty(strange, { utc, isOwn: false, root: property.root }),
    },
    locks: watch.locks,
    views: watch.locks.map(() => ({ reader: startLogReader(), records: new Map(), lost: [] })),
    desired: watch.locks.map(startDesiredLock),
    ...{ times: [], installs: [], orders: [] },
    cards: createCards(parts.part('cards')),
    ...{ carriers: new Map(), issues: new Map(), grants: [], tokens: [], recordings: [], newestCommands: new Map() },
    utc,
    keysOf(presenter) {
      const phone = presenter.key === 'phone' ? phones[presenter.phone % phones.length] : undefined;
      return phone ?? { name: 'gateway', keys: gateway };
    },
    connect(lock, plan) {
      if (isOut(`radio ${lock.number}`)) return undefined;
      const link = connectDoor({
        ...{ time, door: lock.door, plan },
        onClosed: () => {
          if (lock.link === link) lock.link = undefined;
        },
      });
      if (link !== undefined) lock.link = link;
      return link;
    },
  };
  return world;
}
