import { type Client, LatchworkError } from '@latchwork/client';
import type { PhoneGrants } from '@latchwork/contract';
import type { CryptoProvider, KeyPair, UnlockIntent } from '@latchwork/lock-protocol';
import { bytesOfBase64url, bytesOfHex, hexOf } from './bytes-text.js';
import { type CarryRequest, type CarryResult, createCourier } from './courier.js';
import { type LockFinder, openDirectly } from './direct-way.js';
import { type LanAccess, openOverLan } from './lan-way.js';
import type { DoorCommand } from './lock-command.js';
import { PhoneKeyError } from './phone-key-error.js';
import {
  decodePendingKeys,
  decodePhoneMemory,
  encodePendingKeys,
  encodePhoneMemory,
  type PhoneMemory,
  type PhoneStorage,
} from './phone-memory.js';
import { openByToken, openThroughTunnel } from './portal-ways.js';
import { type PhoneClock, platformClock, withinTime } from './time-bound.js';
import type { PassedOver, UnlockResult, WayOutcome } from './unlock-result.js';
import { type UnlockWay, unlockWays } from './unlock-way.js';

/** What a phone's key is made from. */
export interface PhoneKeyOptions {
  /** `createPortableCrypto()` of `@latchwork/lock-protocol/portable`. */
  readonly crypto: CryptoProvider;
  /** Of the property's portal. Activating and renewing need nobody signed in; ways through the portal do. */
  readonly client: Pick<Client, 'phones' | 'tunnels' | 'unlock' | 'attempts'>;
  /** One for each credential. */
  readonly storage: PhoneStorage;
  /** The phone's Bluetooth; without it no door is opened directly. */
  readonly finder?: LockFinder;
  /** Where a phone of the staff keeps what it carries for locks: no secret, and up to some megabytes. Without it, it carries nothing. */
  readonly bag?: PhoneStorage;
  /** The property's own network. */
  readonly lan?: LanAccess;
  /** The platform's clocks when absent. */
  readonly clock?: PhoneClock;
}

/** A door that a phone opens. */
export interface PhoneDoor {
  readonly entranceId: string;
  /** Epoch milliseconds from and until when, by the grant that the phone has; `null`: it has none yet. */
  readonly opens: { readonly from: number; readonly until: number } | null;
}

/** What a phone is at present. */
export type PhoneKeyStatus =
  | { readonly state: 'empty' }
  | { readonly state: 'active' | 'ended'; readonly credentialId: string; readonly doors: readonly PhoneDoor[] };

/** What {@link PhoneKey.unlock} takes. */
export interface PhoneUnlockRequest {
  readonly entranceId: string;
  /** How the person asked; a tap when absent. Nothing but a person's wish may call this (T23). */
  readonly intent?: UnlockIntent;
  /** From now, 2000 to 30000; 10000 when absent. No lock acts later. */
  readonly deadlineMs?: number;
  /** The ways that may be taken, in the order of {@link unlockWays}; all of them when absent. */
  readonly ways?: readonly UnlockWay[];
  readonly signal?: AbortSignal;
}

/** A phone as one credential of a property. */
export interface PhoneKey {
  /** Tells what the phone is, by what it knows without asking anybody. */
  status(): Promise<PhoneKeyStatus>;
  /**
   * Makes a secret that never leaves the phone, and becomes the credential that the code is for. May be repeated with the same code
   * when the answer was not heard.
   *
   * @throws PhoneKeyError `already-activated`; LatchworkError, `phone-code-invalid` for a code that is none.
   */
  activate(code: string): Promise<PhoneKeyStatus>;
  /**
   * Gets new grants, whether they are due or not; `unlock` does it by itself when they are.
   *
   * @throws PhoneKeyError `not-activated`; LatchworkError when the portal does not answer. That the credential has ended is no error
   * but the status.
   */
  renew(): Promise<PhoneKeyStatus>;
  /**
   * Opens a door on the first way that leads to it, and says which. Another way is tried only as long as nothing that could open
   * the door was sent on those before: no door is asked twice.
   */
  unlock(request: PhoneUnlockRequest): Promise<UnlockResult>;
  /**
   * Brings locks that are heard what waits for them, and the portal what they prove: revocations first. It gives way to every
   * `unlock` of this phone. A member's phone may; what is cut off is left for the next time, and nothing is lost or counted twice.
   *
   * @throws PhoneKeyError `not-activated`, `no-bag`, `storage-damaged`.
   */
  carry(request?: CarryRequest): Promise<CarryResult>;
  /** Forgets secret and grants. The property's own record of the phone is ended with its credential. */
  forget(): Promise<void>;
}

const defaultDeadlineMs = 10_000;
/** Of an unlock, for the grants that it lacks. */
const longestRenewalMs = 3_000;

/** Wires a phone's key; nothing is read or asked before the first call. */
export function createPhoneKey(options: PhoneKeyOptions): PhoneKey {
  const { crypto, client, storage, clock = platformClock } = options;
  let known: { readonly memory: PhoneMemory | undefined } | undefined;
  /** Made for a code whose answer was never heard, as far as is known. */
  let pending: KeyPair | undefined;
  let renewing: Promise<void> | undefined;
  let carrying: Promise<CarryResult> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const courier =
    options.bag &&
    createCourier({
      ...{ crypto, client, clock, bag: options.bag, finder: options.finder },
      memory: () => known?.memory,
    });

  const read = async (): Promise<PhoneMemory | undefined> => {
    if (known === undefined) {
      const text = await storage.load();
      pending = text === undefined ? undefined : decodePendingKeys(text);
      known ??= { memory: text === undefined || pending ? undefined : decodePhoneMemory(text) };
    }
    return known.memory;
  };
  /** In the order in which they were wanted: what was forgotten is not written after that. */
  const keep = async (memory: PhoneMemory | undefined): Promise<void> => {
    known = { memory };
    const saved = writing.then(async () => await storage.save(memory && encodePhoneMemory(memory)));
    writing = saved.catch(() => undefined);
    await saved;
  };

  const renewOnce = async (memory: PhoneMemory): Promise<void> => {
    const { token, grants } = memory;
    const { credentialId } = grants;
    const renewed = await client.phones.renewGrants({ credentialId, token }).catch((error: unknown) => {
      if (isEnd(error)) return undefined;
      throw error;
    });
    // Forgotten meanwhile, it stays so.
    if (known?.memory !== memory) return;
    if (renewed !== undefined) {
      await keep({ ...memory, grants: renewed });
      return;
    }
    const withoutGrants = grants.locks.map((lock) => ({ ...lock, grant: null }));
    await keep({ ...memory, grants: { ...grants, locks: withoutGrants, certificate: null }, isEnded: true });
  };
  const renew = async (memory: PhoneMemory): Promise<void> => {
    renewing ??= renewOnce(memory).finally(() => {
      renewing = undefined;
    });
    await renewing;
  };

  /** What is to be shown at a door now, renewed first where there is nothing; a renewal that is due for later holds up nobody. */
  const forDoor = async (o: { entranceId: string; leftMs: () => number; signal: AbortSignal }) => {
    const { entranceId, signal } = o;
    let memory = await read();
    if (memory === undefined || memory.isEnded) return undefined;
    const isDue = clock.now() >= Date.parse(memory.grants.renewAt);
    if (doorOf(memory.grants, entranceId, clock.now()) === undefined) {
      const before = memory;
      const ms = Math.min(longestRenewalMs, o.leftMs() / 2);
      await withinTime({ clock, signal, ms }, async () => await renew(before)).catch(() => undefined);
      memory = await read();
      if (memory === undefined) return undefined;
    } else if (isDue) renew(memory).catch(() => undefined);
    const door = doorOf(memory.grants, entranceId, clock.now());
    return door === undefined ? undefined : { ...door, keys: memory.keys };
  };

  const tryWay = async (
    way: UnlockWay,
    o: {
      command: DoorCommand | undefined;
      isLast: boolean;
      request: { entranceId: string; leftMs: () => number; signal: AbortSignal };
    },
  ): Promise<WayOutcome> => {
    const { command, request } = o;
    if (way === 'token') return await openByToken(client, request);
    if (way === 'direct' && options.finder === undefined) return { passed: 'not-offered' };
    if (way === 'lan' && options.lan === undefined) return { passed: 'not-offered' };
    if (command === undefined) return { passed: 'no-grant' };
    if (way === 'direct' && options.finder) return await openDirectly(options.finder, command, o.isLast);
    if (way === 'lan' && options.lan) {
      const gateways = (await read())?.grants.lan ?? [];
      return await openOverLan({ ...options.lan, gateways }, command);
    }
    return await openThroughTunnel(client, command);
  };

  const unlock: PhoneKey['unlock'] = async ({
    entranceId,
    intent = 'tap',
    deadlineMs = defaultDeadlineMs,
    ways = unlockWays,
    signal: given,
  }) => {
    const signal = given ?? new AbortController().signal;
    const deadlineAt = clock.monotonic() + deadlineMs;
    const leftMs = () => Math.max(0, deadlineAt - clock.monotonic());
    const request = { entranceId, leftMs, signal };
    const door = await forDoor(request);
    const command = door && { ...door, ...request, crypto, clock, commandId: crypto.randomBytes(8), intent };
    const passedOver: PassedOver[] = [];
    const order = unlockWays.filter((way) => ways.includes(way));
    for (const way of order) {
      const isOver = signal.aborted || leftMs() === 0;
      const came: WayOutcome = isOver
        ? { passed: 'no-time' }
        : isPortalGone(way, passedOver)
          ? { passed: 'portal-unreachable' }
          : await tryWay(way, { command, request, isLast: way === order.at(-1) });
      if ('ended' in came) return { ...came.ended, via: way, passedOver };
      const { passed: reason, ...why } = came;
      passedOver.push({ way, reason, ...why });
    }
    return { outcome: 'not-sent', via: null, passedOver };
  };

  return {
    status: async () => statusOf(await read()),

    activate: async (code) => {
      if ((await read()) !== undefined) {
        throw new PhoneKeyError({ code: 'already-activated' }, 'This storage holds the key of a phone already.');
      }
      const keys = pending ?? crypto.x25519KeyPair();
      await storage.save(encodePendingKeys(keys));
      pending = keys;
      const { token, ...grants } = await client.phones
        .activate({ code, publicKey: hexOf(keys.publicKey) })
        .catch(async (error: unknown) => {
          if (isRefusedCode(error)) {
            pending = undefined;
            await storage.save(undefined);
          }
          throw error;
        });
      const memory = { keys, token, grants, isEnded: false };
      await keep(memory);
      return statusOf(memory);
    },

    renew: async () => {
      const memory = await read();
      if (memory === undefined) throw new PhoneKeyError({ code: 'not-activated' }, 'There is no key to renew.');
      if (!memory.isEnded) await renew(memory);
      return statusOf(await read());
    },

    unlock: async (request) => {
      const release = await courier?.giveWay();
      try {
        return await unlock(request);
      } finally {
        release?.();
      }
    },

    carry: async (request = {}) => {
      if (courier === undefined) throw new PhoneKeyError({ code: 'no-bag' }, 'There is no storage for a bag.');
      const memory = await read();
      if (memory === undefined) throw new PhoneKeyError({ code: 'not-activated' }, 'There is no key to carry with.');
      carrying ??= courier.carry(memory, request).finally(() => {
        carrying = undefined;
      });
      return await carrying;
    },

    forget: async () => {
      pending = undefined;
      await keep(undefined);
      await courier?.empty();
    },
  };
}

/** Asked for a token, a portal that did not answer just now would leave it unknown whether the door opens. */
function isPortalGone(way: UnlockWay, passedOver: readonly PassedOver[]): boolean {
  return way === 'token' && passedOver.some(({ reason }) => reason === 'portal-unreachable');
}

function isRefusedCode(error: unknown): boolean {
  return error instanceof LatchworkError && error.info.code === 'phone-code-invalid';
}

function isEnd(error: unknown): boolean {
  if (!(error instanceof LatchworkError)) return false;
  const { code } = error.info;
  return code === 'credential-ended' || code === 'phone-token-invalid';
}

function doorOf({ locks, certificate }: PhoneGrants, entranceId: string, now: number) {
  const lock = locks.find((one) => one.entranceId === entranceId && one.grant !== null);
  if (lock?.grant == null || certificate === null || Date.parse(lock.grant.expiresAt) <= now) return undefined;
  return {
    tag: lock.tag,
    lockPublicKey: bytesOfHex(lock.publicKey),
    grant: bytesOfBase64url(lock.grant.object),
    certificate: bytesOfBase64url(certificate),
  };
}

function statusOf(memory: PhoneMemory | undefined): PhoneKeyStatus {
  if (memory === undefined) return { state: 'empty' };
  const { grants, isEnded } = memory;
  const doors = grants.locks.map(({ entranceId, grant }) => ({
    entranceId,
    opens: grant && { from: Date.parse(grant.notBefore), until: Date.parse(grant.expiresAt) },
  }));
  return { state: isEnded ? 'ended' : 'active', credentialId: grants.credentialId, doors };
}
