import {
  type Actor,
  encodeGatewayMessage,
  type LockRevision,
  type PhoneReceiptsTaken,
  type ReportedMessage,
} from '@latchwork/contract';
import type { DeviceId, GatewayId, Instant } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import {
  type CryptoProvider,
  compareRevisions,
  decideReceipt,
  decodeSetManifest,
  type Receipt,
  verifyReceipt,
} from '@latchwork/lock-protocol';
import type { Identifiers } from '../identifiers.js';
import type { Draft, Ledger } from '../ledger.js';
import { hearReceipts } from '../lock-log/told-head.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { desiredOf } from './desired-signing.js';
import { type LockWord, standsAt, withWordOf } from './lock-doubt.js';
import { proveRevocations } from './revocation-progress.js';

/** What a gateway says of a lock, and under which tag. */
export interface LockReportArrival {
  readonly gatewayId: GatewayId;
  readonly tag: string;
  readonly message: ReportedMessage;
}

/** What taking reports stands on. */
export interface LockReportsParts {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly identifiers: Identifiers;
  readonly crypto: CryptoProvider;
  readonly log: Log;
}

/** What became of a report: `foreign` when the lock is none of the gateway's property (any more). */
export type ReportTaking = 'taken' | 'foreign';

/** Receipts of one lock that somebody brings. */
export interface BroughtReceipts {
  readonly deviceId: DeviceId;
  /** Who brings them. */
  readonly carrier: Actor;
  /** As the lock signed them, base64url. */
  readonly receipts: readonly string[];
}

/** What each of them came to. */
export type ReceiptTaking = PhoneReceiptsTaken['receipts'];

/** Takes what comes back from locks. */
export interface LockReports {
  /** Takes a gateway's report of an errand; the gateway's account is kept as its account. */
  reported(arrival: LockReportArrival): Promise<ReportTaking>;
  /** Takes receipts from whomever. A lock that was never told anything has nothing to prove: none of its receipts is looked at. */
  brought(brought: BroughtReceipts): Promise<ReceiptTaking>;
}

/** Creates it. A lock's receipts count by the lock's own signature and by nothing else, and only forwards (T8). */
export function createLockReports(parts: LockReportsParts): LockReports {
  const { projection, ledger, crypto, log } = parts;

  const take = (
    draft: Draft,
    o: {
      readonly device: Row<'device'>;
      readonly carrier: Actor;
      readonly receipts: readonly string[];
      readonly account?: ReportedMessage;
    },
  ): readonly ReceiptReading[] => {
    const { device, carrier, receipts, account } = o;
    const row = projection.lockDesired.get(device.id);
    hearReceipts(draft, parts, {
      ...{ device, carrier },
      receipts: receipts.map((text) => new Uint8Array(Buffer.from(text, 'base64url'))),
    });
    if (row === undefined) return [];
    const readings = receipts.map((text) => readReceipt(crypto, text, { device, row }));
    let next = account === undefined ? row : withAccount(row, account, draft.now);
    for (const reading of readings) {
      if (reading.kind === 'shown')
        next = withReceipt(withWordOf(next, reading.shown, draft.now), reading.shown, draft.now);
      if (reading.kind === 'beyond') next = beyond(next, reading.shown.standing);
    }
    if (next !== row) {
      const written = { ...withWord(next, row), updatedAt: draft.now };
      draft.update('lockDesired', written);
      proveRevocations(draft, projection, { row: written, actor: carrier });
    }
    return readings;
  };

  const tell = (deviceId: DeviceId, carrier: Actor, readings: readonly ReceiptReading[]): void => {
    for (const reading of readings) {
      const fact = { deviceId, carrier };
      if (reading.kind === 'forged') log.warn({ ...fact, code: reading.code }, 'receipt is not of its lock');
      if (reading.kind === 'beyond')
        log.error({ ...fact, ...reading.shown.standing }, 'lock obeys what was not signed here');
      if (reading.kind === 'other-set') log.error(fact, 'lock obeys another set of the same number');
    }
  };

  return {
    reported: async ({ gatewayId, tag, message }) => {
      const { deviceId, receipts } = message;
      const carrier = { kind: 'gateway', gatewayId } as const;
      const readings = await ledger.write((draft) => {
        const gateway = projection.gateways.get(gatewayId);
        const device = projection.devices.get(deviceId);
        if (gateway === undefined || device?.propertyId !== gateway.propertyId || device.tag !== tag) return undefined;
        return take(draft, { device, carrier, receipts, account: message });
      });
      if (readings === undefined) {
        log.warn({ gatewayId, deviceId }, 'report about a foreign lock dropped');
        return 'foreign';
      }
      tell(deviceId, carrier, readings);
      return 'taken';
    },
    brought: async ({ deviceId, carrier, receipts }) => {
      const readings = await ledger.write((draft) => {
        const device = projection.devices.get(deviceId);
        return device === undefined ? [] : take(draft, { device, carrier, receipts });
      });
      tell(deviceId, carrier, readings);
      return readings.map(({ kind }) => takings[kind]);
    },
  };
}

const takings = {
  shown: 'taken',
  beyond: 'beyond',
  'other-set': 'other-set',
  forged: 'not-of-its-lock',
} as const satisfies Readonly<Record<ReceiptReading['kind'], ReceiptTaking[number]>>;

/** What a receipt is. */
type ReceiptReading =
  | { readonly kind: 'shown'; readonly shown: Shown }
  /** Of the lock, but of a number that was never given here. */
  | { readonly kind: 'beyond'; readonly shown: Shown }
  | { readonly kind: 'other-set' }
  | { readonly kind: 'forged'; readonly code: string };

function readReceipt(
  crypto: CryptoProvider,
  text: string,
  { device, row }: { readonly device: Row<'device'>; readonly row: Row<'lockDesired'> },
): ReceiptReading {
  const signer = { publicKey: bytesOf(device.identityPublicKey), tag: bytesOf(device.tag) };
  const decision = verifyReceipt(crypto, new Uint8Array(Buffer.from(text, 'base64url')), signer);
  if (!decision.ok) return { kind: 'forged', code: decision.code };
  const shown = shownBy(decision.statement);
  if (compareRevisions(shown.standing, row) > 0) return { kind: 'beyond', shown };
  return isOtherSet(decision.statement, row) ? { kind: 'other-set' } : { kind: 'shown', shown };
}

/** What a lock's receipt shows that it obeys. */
interface Shown extends LockWord {
  readonly set: LockRevision;
}

function shownBy({ epoch, setEpoch, revision, standing, seq, issuedAt, quality }: Receipt): Shown {
  const set = { epoch: setEpoch ?? epoch, revision };
  return { standing: standing ?? set, set, seq, issuedAt, quality };
}

/** Whether it has the number of the newest set, but is not that. */
function isOtherSet(receipt: Receipt, row: Row<'lockDesired'>): boolean {
  const { set } = desiredOf(row);
  if (set === undefined || row.set === null) return false;
  const { digest } = decodeSetManifest(new Uint8Array(Buffer.from(set.manifest, 'base64url')));
  const decision = decideReceipt(receipt, { ...row.set, digest });
  return !decision.ok && decision.code === 'digest';
}

function withAccount(row: Row<'lockDesired'>, message: ReportedMessage, now: Instant): Row<'lockDesired'> {
  const { parts, failure, nextTryAt } = message;
  const occurredAt = Math.min(message.occurredAt, now) as Instant;
  if (row.lastReport !== null && row.lastReport.occurredAt >= occurredAt) return row;
  return { ...row, lastReport: { parts, ...(failure === undefined ? {} : { failure }), nextTryAt, occurredAt } };
}

/** Forward only: an older receipt changes nothing. What the set's manifest has left out is gone for good. */
function withReceipt(row: Row<'lockDesired'>, { standing, set }: Shown, now: Instant): Row<'lockDesired'> {
  const leaving = row.leaving.filter(({ since }) => !isProven(set, since));
  const isNews = row.proven === null || compareRevisions(standing, row.proven) > 0;
  const kept = leaving.length === row.leaving.length ? row : { ...row, leaving };
  return isNews ? { ...kept, proven: standing, provenAt: now } : kept;
}

/** The numbers go on after what the lock obeys, so that it can be told again: it may be that the database was older. */
function beyond(row: Row<'lockDesired'>, { epoch, revision }: LockRevision): Row<'lockDesired'> {
  return epoch === row.epoch && revision < largestStep ? { ...row, revision } : row;
}

/** With numbers above, a thief of the key for sets has used them up: only another epoch helps. */
const largestStep = 0xffff_fff0;

/** The message, saying what is proven, for another gateway that need not go any more. */
function withWord(row: Row<'lockDesired'>, before: Row<'lockDesired'>): Row<'lockDesired'> {
  const proven = standsAt(row);
  if (proven === standsAt(before)) return row;
  return { ...row, message: encodeGatewayMessage('desired', { ...desiredOf(row), proven }) };
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
