import type { Actor } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { LogRecord } from '@latchwork/lock-protocol';
import type { Draft } from '../ledger.js';
import type { EntryAccount } from '../store/schema/lock-log.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { eventTypeOf, instantOf } from './entry-account.js';

/** What is learned later than this is history: nobody can act upon it any more. */
export const historicalAfterMs = 60_000;

/** Entries that are proven, in their order, with what they say. */
export interface ProvenEntries {
  readonly device: Row<'device'>;
  readonly carrier: Actor;
  readonly entries: readonly { readonly resets: number; readonly record: LogRecord; readonly account: EntryAccount }[];
}

/** Keeps entries of a lock's log, each with its event in the property's feed: also those of who was refused (P-17). */
export function recordEntries(draft: Draft, { device, carrier, entries }: ProvenEntries): void {
  const { id: deviceId, propertyId, entranceId } = device;
  for (const { resets, record, account } of entries) {
    const told = instantOf(record.entry);
    // A clock that runs ahead must not date an event after it was heard of.
    const occurredAt = told === null ? null : (Math.min(told, draft.now) as Instant);
    const historical = occurredAt === null || draft.now - occurredAt > historicalAfterMs;
    const entry = Buffer.from(record.bytes).toString('hex');
    const { seq } = record;
    draft.insert('lockLog', {
      ...{ deviceId, propertyId, resets, seq, entry, account },
      ...{ occurredAt, historical, receivedAt: draft.now },
    });
    draft.event({
      type: eventTypeOf(account),
      occurredAt: timestampOf(occurredAt ?? draft.now),
      ...{ propertyId, actor: carrier, deviceId, entranceId, resets, seq, ...account, historical },
    });
  }
}
