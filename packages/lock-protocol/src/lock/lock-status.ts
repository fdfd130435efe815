import type { BoltState } from '../caller/lock-link.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { type ClockQuality, clockQualities } from '../log/lock-log.js';
import { boltStates } from '../message.js';
import { LockProtocolError } from '../protocol-error.js';
import { compareRevisions, noRevision, type Revision } from '../sets/set-revision.js';

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
  readonly set: SetStatus;
  /** The version of the firmware that runs; absent when the lock takes none. */
  readonly firmwareVersion?: number;
}

/** What a lock tells of its credential set; revision 0 when it has none, or finds it damaged. */
export interface SetStatus extends Revision {
  /** Of the set, 32 bytes; absent with revision 0. */
  readonly digest?: Uint8Array;
  /** The newest manifest or bulletin that it obeys. */
  readonly standing: Revision;
  /** How many entries of the next set it has staged; absent while none was begun. */
  readonly staged?: number;
}

/** All odd: a reader leaves out what it does not know, and a lock what it does not have. */
const field = {
  bolt: 1,
  battery: 3,
  quality: 5,
  time: 7,
  epoch: 9,
  logSeq: 11,
  logHead: 13,
  setEpoch: 15,
  setRevision: 17,
  digest: 19,
  standing: 21,
  staged: 23,
  firmware: 25,
} as const;

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
  const { epoch, revision, digest, standing, staged } = status.set;
  if (revision !== 0) map.set(field.setEpoch, epoch).set(field.setRevision, revision);
  if (digest !== undefined) map.set(field.digest, digest);
  if (compareRevisions(standing, status.set) !== 0) map.set(field.standing, [standing.epoch, standing.revision]);
  if (staged !== undefined) map.set(field.staged, staged);
  if (status.firmwareVersion !== undefined) map.set(field.firmware, status.firmwareVersion);
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
    set: readSetStatus(map),
    ...(map.has(field.firmware) ? { firmwareVersion: uint(field.firmware) } : {}),
  };
}

function readSetStatus(map: ReadonlyMap<number, CborValue>): SetStatus {
  const uint = (value: CborValue | undefined): number => (typeof value === 'number' && value >= 0 ? value : refuse());
  const set = {
    epoch: uint(map.get(field.setEpoch) ?? noRevision.epoch),
    revision: uint(map.get(field.setRevision) ?? noRevision.revision),
  };
  // An epoch of no revision is of nothing.
  if (set.revision === noRevision.revision && set.epoch !== noRevision.epoch) return refuse();
  const digest = map.get(field.digest);
  const standing = map.get(field.standing);
  if (digest !== undefined && !(digest instanceof Uint8Array && digest.length === 32)) return refuse();
  if (standing !== undefined && !Array.isArray(standing)) return refuse();
  const [epoch, revision] = standing ?? [set.epoch, set.revision];
  return {
    ...{ ...set, standing: { epoch: uint(epoch), revision: uint(revision) } },
    ...(digest ? { digest } : {}),
    ...(map.has(field.staged) ? { staged: uint(map.get(field.staged)) } : {}),
  };
}

function refuse(): never {
  throw new LockProtocolError({ code: 'message', reason: 'result' }, 'These bytes are no status of a lock.');
}
