import { type CborValue, decodeCbor, encodeCbor } from './cbor.js';
import type { BoltState } from './lock-link.js';
import { type ClockQuality, clockQualities } from './lock-log.js';
import { boltStates } from './message.js';
import { LockProtocolError } from './protocol-error.js';

/** What a lock tells of itself to who has the right to know. */
export interface LockStatus {
  readonly bolt: BoltState;
  /** 0..100, or `null` when the lock cannot tell. */
  readonly batteryPercent: number | null;
  readonly clockQuality: ClockQuality;
  /** UTC seconds by the lock's clock; 0 at quality `none`. */
  readonly utcSeconds: number;
  /** Lowest epoch the lock still accepts. */
  readonly epoch: number;
  /** Sequence number of the newest log entry. */
  readonly logSeq: number;
  /** Head of the log's chain there, 32 bytes. */
  readonly logHead: Uint8Array;
}

/** All odd: a reader leaves out what it does not know, and a lock what it does not have. */
const field = { bolt: 1, battery: 3, quality: 5, time: 7, epoch: 9, logSeq: 11, logHead: 13 } as const;

/** Bytes of a status. */
export function encodeStatus(status: LockStatus): Uint8Array {
  const map = new Map<number, CborValue>([
    [field.bolt, boltStates.indexOf(status.bolt)],
    [field.quality, clockQualities.indexOf(status.clockQuality)],
    [field.time, status.utcSeconds],
    [field.epoch, status.epoch],
    [field.logSeq, status.logSeq],
    [field.logHead, status.logHead],
  ]);
  if (status.batteryPercent !== null) map.set(field.battery, status.batteryPercent);
  return encodeCbor(map);
}

/**
 * Reads a status; fields unknown here are left out.
 * @throws LockProtocolError `cbor`, or `message` for anything else that is no status.
 */
export function decodeStatus(bytes: Uint8Array): LockStatus {
  const map = decodeCbor(bytes);
  if (!(map instanceof Map)) return refuse();
  const uint = (label: number): number => {
    const value = map.get(label);
    return typeof value === 'number' && value >= 0 ? value : refuse();
  };
  const logHead = map.get(field.logHead);
  const battery = map.has(field.battery) ? uint(field.battery) : null;
  if (!(logHead instanceof Uint8Array) || logHead.length !== 32 || (battery ?? 0) > 100) return refuse();
  return {
    bolt: boltStates[uint(field.bolt)] ?? refuse(),
    batteryPercent: battery,
    clockQuality: clockQualities[uint(field.quality)] ?? refuse(),
    utcSeconds: uint(field.time),
    epoch: uint(field.epoch),
    logSeq: uint(field.logSeq),
    logHead,
  };
}

function refuse(): never {
  throw new LockProtocolError({ code: 'message', reason: 'result' }, 'These bytes are no status of a lock.');
}
