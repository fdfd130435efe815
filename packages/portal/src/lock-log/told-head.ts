import type { Actor } from '@latchwork/contract';
import type { DeviceId } from '@latchwork/core';
import { type CryptoProvider, readLogReport } from '@latchwork/lock-protocol';
import type { AlarmParts } from '../alarms/alarm-record.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { ToldEntry } from '../store/schema/lock-log.js';
import type { Row, Write } from '../store/store.js';
import { clockErrorMs } from './attempt-truth.js';
import { recordFindings } from './finding-record.js';
import { newReaderRow, openReader, storeReader } from './stored-reader.js';

/** Receipts of a lock, which are heads of its log as well, and who brought them. */
export interface BroughtReceipts {
  readonly device: Row<'device'>;
  readonly carrier: Actor;
  /** As the lock signed them; what is not the lock's own changes nothing. */
  readonly receipts: readonly Uint8Array[];
}

/** Takes what a lock's receipts say of its log: how far it had got, whoever is to bring the entries (T12). */
export function hearReceipts(
  draft: Draft,
  parts: AlarmParts & { readonly projection: Projection; readonly crypto: CryptoProvider },
  { device, carrier, receipts }: BroughtReceipts,
): void {
  const base = parts.projection.lockReaders.get(device.id);
  const lock = { publicKey: bytesOf(device.identityPublicKey), tag: bytesOf(device.tag) };
  const before = openReader(base);
  let reader = before;
  const findings = receipts.flatMap((bytes) => {
    const reading = readLogReport(parts.crypto, reader, { kind: 'receipt', bytes, lock, at: draft.now });
    reader = reading.reader;
    // That it is not of its lock is told where it counts.
    return reading.findings.filter(({ code }) => code !== 'refused');
  });
  recordFindings(draft, parts, { device, carrier, findings });
  if (JSON.stringify(storeReader(reader)) === JSON.stringify(storeReader(before))) return;
  const row = base ?? newReaderRow(device, draft.now);
  put(draft, base, { ...row, reader: storeReader(reader), updatedAt: draft.now });
}

/**
 * Notes, in the commit of an attempt's end, which entry of the lock's log its end is said to be: whoever says so proves nothing, but
 * an entry that nobody brings must be missed (T12).
 */
export function createTellingHeads({ projection }: { readonly projection: Projection }) {
  return (draft: Draft, writes: readonly Write[]): void => {
    for (const write of writes) {
      if (write.table !== 'attempt' || write.op === 'delete') continue;
      const { deviceId, gatewayId, result } = write.row;
      // What was read in the log itself is not missing.
      if (deviceId === null || result?.logSeq === undefined || result.eventId.startsWith('log:')) continue;
      // The same commit has read the log itself.
      const isRead = writes.some((other) => other.table === 'lockReader' && other.row.deviceId === deviceId);
      if (!isRead) noteTold(draft, projection, { deviceId, seq: result.logSeq, gatewayId });
    }
  };
}

function noteTold(
  draft: Draft,
  projection: Projection,
  {
    deviceId,
    seq,
    gatewayId,
  }: { readonly deviceId: DeviceId; readonly seq: number; readonly gatewayId: ToldEntry['gatewayId'] },
): void {
  const device = projection.devices.get(deviceId);
  const base = projection.lockReaders.get(deviceId);
  const { cursor, newest } = openReader(base);
  const known = Math.max(cursor.seq, newest.seq, base?.told?.newest ?? 0);
  if (device === undefined || seq <= known || seq > largestSeq) return;
  const row = base ?? newReaderRow(device, draft.now);
  const told = row.told ?? { seq, since: draft.now, gatewayId };
  put(draft, base, { ...row, told: { ...told, newest: seq }, updatedAt: draft.now });
}

/** The told entry that is left once the log was read so far; `null`: none is. */
export function stillTold(
  told: ToldEntry | null,
  row: Pick<Row<'lockReader'>, 'reader'>,
  now: ToldEntry['since'],
): ToldEntry | null {
  if (told === null) return null;
  const { cursor, newest } = row.reader;
  if (cursor.seq >= told.newest) return null;
  // The lock itself says, of a later time, that there is no such entry: somebody was wrong, or lied.
  const isDenied =
    newest.quality === 'good' && newest.issuedAt * 1000 > told.since + clockErrorMs && cursor.seq >= newest.seq;
  if (isDenied && newest.seq < told.newest) return null;
  return cursor.seq >= told.seq ? { ...told, seq: told.newest, since: now } : told;
}

const largestSeq = 0xffff_ffff;

function put(draft: Draft, base: Row<'lockReader'> | undefined, row: Row<'lockReader'>): void {
  draft[base === undefined ? 'insert' : 'update']('lockReader', row);
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
