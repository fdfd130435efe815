import { type Client, LatchworkError } from '@latchwork/client';
import type { PhoneParcel } from '@latchwork/contract';
import type { CryptoProvider, ShownObjects } from '@latchwork/lock-protocol';
import { bytesOfBase64url } from './bytes-text.js';
import { type BroughtItem, type CourierBag, decodeCourierBag, encodeCourierBag } from './courier-bag.js';
import { mostVisitPages, type VisitOutcome, visitAsCourier } from './courier-visit.js';
import { findLock, type LockFinder, letGo } from './direct-way.js';
import type { PhoneMemory, PhoneStorage } from './phone-memory.js';
import type { PhoneClock } from './time-bound.js';

/** What {@link PhoneKey.carry} takes. */
export interface CarryRequest {
  /** Tags of the locks that the app hears, 16 hex digits each; when absent all are looked for that something waits for. */
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What came of one lock that something waited for. */
export interface CarriedLock {
  readonly deviceId: string;
  readonly entranceId: string;
  /** `not-met`: it was not heard; `gave-way`: a person wanted a door opened, or the caller's signal fired. */
  readonly outcome: VisitOutcome | 'not-met' | 'gave-way';
  /** The lock's answer to what it refused, or why the visit ended. */
  readonly code: string | null;
  /** Whether the lock has, since this or before, all that the phone had for it. */
  readonly isDelivered: boolean;
  /** How many of each the lock gave. */
  readonly receipts: number;
  readonly pages: number;
}

/** What carrying came to. */
export interface CarryResult {
  /** One for each lock that something waited for. */
  readonly locks: readonly CarriedLock[];
  /** `refused`: this phone is to carry nothing (any more), and its bag was emptied. */
  readonly portal: 'reached' | 'unreachable' | 'refused';
  /** Why the portal refused it. */
  readonly code: string | null;
  /** Whether something still waits: for a lock, in the portal, or in the bag for the portal. */
  readonly hasMore: boolean;
}

/** What a courier stands on. */
export interface CourierParts {
  readonly crypto: CryptoProvider;
  readonly client: Pick<Client, 'phones'>;
  readonly bag: PhoneStorage;
  readonly finder: LockFinder | undefined;
  readonly clock: PhoneClock;
  /** The phone as it is at present; `undefined`: it was forgotten. */
  readonly memory: () => PhoneMemory | undefined;
}

/** A phone's bag, and who carries it. */
export interface Courier {
  /** Throws PhoneKeyError `storage-damaged` when the bag cannot be read. */
  carry(memory: PhoneMemory, request: CarryRequest): Promise<CarryResult>;
  /** Ends a visit at once, and begins no other until the returned function is called. Resolves when the radio is free. */
  giveWay(): Promise<() => void>;
  /** Empties the bag. */
  empty(): Promise<void>;
}

type PortalWord = Pick<CarryResult, 'portal' | 'code'> & { readonly hasMore: boolean };

/** For how long a lock is looked for. */
const searchMs = 3_000;
/** Most receipts that the portal takes at once. */
const mostReceipts = 4;
const couriersEnd: ReadonlySet<string> = new Set(['phone-not-courier', 'credential-ended', 'phone-token-invalid']);
const reached: PortalWord = { portal: 'reached', code: null, hasMore: false };

/** Wires a courier. Before it lets go of a lock, what that gave is in the bag; it leaves the bag when the portal has taken it. */
export function createCourier(parts: CourierParts): Courier {
  const { crypto, client, clock, finder } = parts;
  /** What ends the visits of now, and the meeting that is going on. */
  let visiting: AbortController | undefined;
  let meeting: Promise<unknown> | undefined;
  /** Unlocks that need the radio. */
  let waiting = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (bag: CourierBag | undefined): Promise<void> => {
    const saved = writing.then(async () => await parts.bag.save(bag && encodeCourierBag(bag)));
    writing = saved.catch(() => undefined);
    await saved;
  };
  const read = async (credentialId: string): Promise<CourierBag> => {
    const text = await parts.bag.load();
    const bag = text === undefined ? undefined : decodeCourierBag(text);
    // What another credential's phone left is not this one's to bring.
    return bag?.credentialId === credentialId ? bag : { credentialId, parcels: [], brought: [] };
  };
  /** Forgotten meanwhile, it stays so. */
  const keep = async (bag: CourierBag): Promise<void> => {
    if (parts.memory()?.grants.credentialId === bag.credentialId) await write(bag);
  };

  /** Tells the portal what locks gave, one piece after another, each of which leaves the bag when it was taken. */
  const tell = async ({ token }: PhoneMemory, from: CourierBag): Promise<readonly [CourierBag, PortalWord]> => {
    let bag = from;
    for (const item of from.brought) {
      const { deviceId, receipts, pages } = item;
      try {
        await client.phones.bringReceipts({
          ...{ credentialId: bag.credentialId, token, deviceId },
          ...{ receipts: [...receipts], pages: [...pages] },
        });
      } catch (error) {
        // A lock that is removed has nothing to prove any more.
        if (!(error instanceof LatchworkError && error.info.code === 'not-found')) {
          return await whenRefused(error, bag);
        }
      }
      bag = { ...bag, brought: bag.brought.filter((one) => one !== item) };
      await keep(bag);
    }
    return [bag, reached];
  };
  const take = async ({ token }: PhoneMemory, bag: CourierBag): Promise<readonly [CourierBag, PortalWord]> => {
    try {
      const { credentialId } = bag;
      const { parcels, hasMore } = await client.phones.takeParcels({ credentialId, token });
      const taken = { ...bag, parcels };
      await keep(taken);
      return [taken, { ...reached, hasMore }];
    } catch (error) {
      return await whenRefused(error, bag);
    }
  };
  const whenRefused = async (error: unknown, bag: CourierBag): Promise<readonly [CourierBag, PortalWord]> => {
    if (!(error instanceof LatchworkError)) throw error;
    const { code } = error.info;
    if (!couriersEnd.has(code)) return [bag, { portal: 'unreachable', code, hasMore: false }];
    await write(undefined);
    const emptied = { ...bag, parcels: [], brought: [] };
    return [emptied, { portal: 'refused', code, hasMore: false }];
  };

  const meet = async (memory: PhoneMemory, parcel: PhoneParcel, signal: AbortSignal) => {
    if (finder === undefined) return undefined;
    const { tag } = parcel;
    const found = await findLock(finder, { clock, tag, signal, ms: searchMs });
    if (found === undefined || 'cause' in found) return undefined;
    try {
      const shown = shownAt(memory, tag, clock.now());
      return await visitAsCourier({ crypto, clock, keys: memory.keys, link: found.link, parcel, shown, signal });
    } finally {
      await letGo(found, { clock });
    }
  };

  const visitOne = async (
    { memory, bag, parcel }: { memory: PhoneMemory; bag: CourierBag; parcel: PhoneParcel },
    signal: AbortSignal,
  ): Promise<readonly [CourierBag, CarriedLock]> => {
    const { deviceId, entranceId } = parcel;
    const none = { deviceId, entranceId, code: null, isDelivered: parcel.desired === null, receipts: 0, pages: 0 };
    if (signal.aborted || waiting > 0) return [bag, { ...none, outcome: 'gave-way' }];
    const met = meet(memory, parcel, signal);
    meeting = met.catch(() => undefined);
    const visit = await met;
    if (visit === undefined) return [bag, { ...none, outcome: signal.aborted ? 'gave-way' : 'not-met' }];
    const { outcome, code, receipts, pages, isDelivered } = visit;
    const left = {
      ...parcel,
      desired: isDelivered ? null : parcel.desired,
      read: visit.isRead ? null : parcel.read,
    };
    const others = bag.parcels.filter((one) => one.deviceId !== deviceId);
    const next = {
      ...bag,
      parcels: left.desired === null && left.read === null ? others : [...others, left],
      brought: [...bag.brought, ...itemsOf(deviceId, receipts, pages)],
    };
    await keep(next);
    const ended = signal.aborted && outcome === 'cut' ? 'gave-way' : outcome;
    return [
      next,
      {
        ...{ deviceId, entranceId, code, isDelivered, outcome: ended },
        receipts: receipts.length,
        pages: pages.length,
      },
    ];
  };

  /** All locks, one after another, until somebody else needs the radio. */
  const visitAll = async (
    { memory, bag: from, tags }: { memory: PhoneMemory; bag: CourierBag; tags: readonly string[] | undefined },
    signal: AbortSignal,
  ) => {
    let bag = from;
    const locks: CarriedLock[] = [];
    for (const parcel of from.parcels.filter(({ tag }) => tags === undefined || tags.includes(tag))) {
      const [next, lock] = await visitOne({ memory, bag, parcel }, signal);
      bag = next;
      locks.push(lock);
    }
    return { bag, locks };
  };

  return {
    carry: async (memory, { tags, signal }) => {
      const stop = new AbortController();
      const abort = (): void => stop.abort();
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      try {
        const [told, first] = await tell(memory, await read(memory.grants.credentialId));
        const [taken, second] = first.portal === 'reached' ? await take(memory, told) : ([told, first] as const);
        if (second.portal === 'refused') return { locks: [], ...second };
        visiting = stop;
        const { bag, locks } = await visitAll({ memory, bag: taken, tags }, stop.signal);
        const isNews = second.portal === 'reached' && bag.brought.length > 0;
        const [left, third] = isNews ? await tell(memory, bag) : ([bag, second] as const);
        const { portal, code } = third;
        return { locks, portal, code, hasMore: second.hasMore || left.parcels.length > 0 || left.brought.length > 0 };
      } finally {
        visiting = undefined;
        signal?.removeEventListener('abort', abort);
      }
    },
    giveWay: async () => {
      waiting += 1;
      visiting?.abort();
      await meeting;
      return () => {
        waiting -= 1;
      };
    },
    empty: async () => await write(undefined),
  };
}

/** In pieces that the portal takes. */
function itemsOf(deviceId: string, receipts: readonly string[], pages: readonly string[]): readonly BroughtItem[] {
  const items: BroughtItem[] = [];
  for (let at = 0; at * mostReceipts < receipts.length || at * mostVisitPages < pages.length; at += 1) {
    items.push({
      deviceId,
      receipts: receipts.slice(at * mostReceipts, (at + 1) * mostReceipts),
      pages: pages.slice(at * mostVisitPages, (at + 1) * mostVisitPages),
    });
  }
  return items;
}

/** The phone's own grant for a lock, which alone lets it read the log. */
function shownAt({ grants }: PhoneMemory, tag: string, now: number): ShownObjects | undefined {
  const grant = grants.locks.find((lock) => lock.tag === tag)?.grant;
  if (grant == null || grants.certificate === null || Date.parse(grant.expiresAt) <= now) return undefined;
  return { grant: bytesOfBase64url(grant.object), certificate: bytesOfBase64url(grants.certificate) };
}
