import { type PhoneParcel, parseGatewayMessage } from '@latchwork/contract';
import {
  type CarriedSet,
  type CryptoProvider,
  deliverParcel,
  type KeyPair,
  type LockLink,
  type LockParcel,
  LockProtocolError,
  openVisit,
  type ShownObjects,
} from '@latchwork/lock-protocol';
import { base64urlOf, bytesOfBase64url, bytesOfHex } from './bytes-text.js';
import type { PhoneClock } from './time-bound.js';

/** How a visit of a courier ended: all was asked for, the lock said no to a part, or the connection ended before. */
export type VisitOutcome = 'done' | 'refused' | 'cut';

/** What a courier's visit came to. */
export interface CourierVisit {
  readonly outcome: VisitOutcome;
  /** The lock's answer to the first part that it refused, or why the visit ended. */
  readonly code: string | null;
  /** Whether the lock has what it shall obey. */
  readonly isDelivered: boolean;
  /** Whether its log was read as far as one visit reads it. */
  readonly isRead: boolean;
  readonly receipts: readonly string[];
  readonly pages: readonly string[];
}

/** Pages of one visit, as many as the portal takes at once. */
export const mostVisitPages = 16;

/**
 * Brings a lock what waits for it, what revokes first, and then reads its log by the phone's own grant. What the lock gave before the
 * connection ended is given back all the same, and a visit that is repeated changes nothing twice (packages/lock-protocol/SPEC.md §10.12).
 */
export async function visitAsCourier(o: {
  readonly crypto: CryptoProvider;
  readonly clock: PhoneClock;
  readonly keys: KeyPair;
  readonly link: LockLink;
  readonly parcel: PhoneParcel;
  readonly shown: ShownObjects | undefined;
  readonly signal: AbortSignal;
}): Promise<CourierVisit> {
  const { crypto, clock, keys, link, parcel, shown, signal } = o;
  const timing = { now: clock.monotonic, startTimer: clock.startTimer };
  const nothing = { isDelivered: false, isRead: false, receipts: [], pages: [] };
  try {
    const lockPublicKey = bytesOfHex(parcel.publicKey);
    const visit = await openVisit({ ...{ crypto, link, lockPublicKey, caller: keys, signal }, ...timing });
    const { parts, receipts, pages } = await deliverParcel(visit, lockParcelOf(parcel, shown), timing);
    visit.end();
    const outcomes = [parts.bulletin, parts.set, parts.log].flatMap((part) => part ?? []);
    const refused = outcomes.find((part) => part.outcome === 'refused');
    const cut = Object.values(parts).find((part) => part.outcome === 'cut');
    const isDelivered = [parts.bulletin, parts.set].every((part) => part === undefined || part.outcome === 'done');
    return {
      outcome: cut ? 'cut' : refused ? 'refused' : 'done',
      code: cut ? codeOf(cut.error) : (refused?.code ?? null),
      isDelivered: isDelivered && !(cut && parts.set === undefined),
      isRead: parts.log?.outcome === 'done',
      receipts: receipts.map(base64urlOf),
      pages: pages.map(base64urlOf),
    };
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return { outcome: 'cut', code: codeOf(error), ...nothing };
  }
}

function codeOf({ info }: LockProtocolError): string {
  return info.code === 'command' ? info.reason : info.code;
}

function lockParcelOf({ desired, read }: PhoneParcel, shown: ShownObjects | undefined): LockParcel {
  const { bulletin, set } = desired === null ? {} : parseGatewayMessage('desired', desired);
  const from = read === null || shown === undefined ? undefined : parseGatewayMessage('read', read);
  return {
    ...(bulletin === undefined
      ? {}
      : {
          bulletin: {
            object: bytesOfBase64url(bulletin.object),
            certificate: bytesOfBase64url(bulletin.certificate),
          },
        }),
    ...(set === undefined ? {} : { set: carriedSetOf(set) }),
    ...(from === undefined || shown === undefined
      ? {}
      : {
          shown,
          log: {
            ...{ after: from.seq, mostPages: mostVisitPages },
            ...(from.seq > 0 ? { acknowledge: { seq: from.seq, hash: bytesOfHex(from.hash) } } : {}),
          },
        }),
  };
}

type DesiredSet = NonNullable<ReturnType<typeof parseGatewayMessage<'desired'>>['set']>;

function carriedSetOf(set: DesiredSet): CarriedSet {
  return {
    manifest: bytesOfBase64url(set.manifest),
    certificate: bytesOfBase64url(set.certificate),
    summaryBefore: set.summaryBefore.map(bytesOfHex),
    delta: set.delta.map(bytesOfBase64url),
    summary: set.summary.map(bytesOfHex),
    buckets: set.buckets.map((boxes) => boxes.map(bytesOfBase64url)),
    clearances: set.clearances.map(bytesOfBase64url),
  };
}
