import { LockProtocolError } from '../protocol-error.js';

/** The one GATT service of a lock and its three characteristics, as lowercase 128-bit UUIDs (SPEC §7). */
export const gatt = {
  service: '4f4c5031-0001-4a6b-9c1d-6c617463686b',
  /** Read: protocol versions, suites, limits, the lock's tag and the nonce of this connection. */
  info: '4f4c5031-0002-4a6b-9c1d-6c617463686b',
  /** Write, with and without response: frames from the caller to the lock. */
  rx: '4f4c5031-0003-4a6b-9c1d-6c617463686b',
  /** Notify: frames from the lock to the caller. */
  tx: '4f4c5031-0004-4a6b-9c1d-6c617463686b',
} as const;

/** The one version of the protocol spoken here: the first byte of service data and bit 0 of INFO's version list. */
export const protocolVersion = 1;

/** Bits of the flags byte in service data; unknown bits are ignored (SPEC §7). */
export const serviceFlags = { commissionable: 1, eventsWaiting: 2, setOutOfDate: 4 } as const;

/** What a lock says to everybody in its scan response: never a name, a room, the battery or the state of its clock. */
export interface ServiceData {
  readonly version: number;
  /** Bits of {@link serviceFlags}. */
  readonly flags: number;
  /** The lock's random 8-byte tag. */
  readonly tag: Uint8Array;
}

/** Suites by number; bit `number - 1` of INFO's suite list. Every lock has the first, some the second (SPEC §9.1). */
export const suites = { x25519ChaChaPoly: 1, p256AesGcm: 2 } as const;

/** A suite by name; see {@link suites}. */
export type SuiteName = keyof typeof suites;

/** The longest message either side may send, whatever the other side announces. */
export const maxMessageSizeBytes = 4096;

/** What the INFO characteristic says before anything is authenticated; its exact bytes enter the Noise prologue. */
export interface LockInfo {
  /** Bit list: bit 0 is OLP/1. */
  readonly versions: number;
  /** Bit list: bit 0 is suite 1, bit 1 is suite 2. */
  readonly suites: number;
  /** Longest message the lock takes, 256..4096 bytes. */
  readonly maxMessageSizeBytes: number;
  /** The lock's random 8-byte tag. */
  readonly tag: Uint8Array;
  /** LN, 8 bytes drawn afresh for every connection: the challenge a command token is bound to. */
  readonly nonce: Uint8Array;
}

const serviceDataSizeBytes = 10;
const infoSizeBytes = 20;
const infoLimitBytes = 64;

function refuse(reason: 'service-data' | 'info', message: string): never {
  throw new LockProtocolError({ code: 'message', reason }, message);
}

/** Bytes of the service data in a lock's scan response. */
export function encodeServiceData(data: ServiceData): Uint8Array {
  if (data.tag.length !== 8) refuse('service-data', `A lock tag has 8 bytes, not ${data.tag.length}.`);
  return Uint8Array.of(data.version, data.flags, ...data.tag);
}

/**
 * Reads the service data of a scan response, so that a caller can tell which lock it hears.
 * Any version is returned, for its first ten bytes never change their place; longer data is cut.
 * @throws LockProtocolError `message` when shorter than 10 bytes.
 */
export function decodeServiceData(bytes: Uint8Array): ServiceData {
  const [version, flags] = bytes;
  if (version === undefined || flags === undefined || bytes.length < serviceDataSizeBytes) {
    return refuse('service-data', `Service data has 10 bytes or more, not ${bytes.length}.`);
  }
  return { version, flags, tag: bytes.slice(2, 10) };
}

/** Bytes of the INFO characteristic: 20, so that one read at the smallest MTU carries them. */
export function encodeInfo(info: LockInfo): Uint8Array {
  if (info.tag.length !== 8 || info.nonce.length !== 8) refuse('info', 'The tag and the nonce have 8 bytes each.');
  const size = info.maxMessageSizeBytes;
  return Uint8Array.of(info.versions, info.suites, size >> 8, size & 0xff, ...info.tag, ...info.nonce);
}

/**
 * Reads an INFO value. A longer value is accepted up to 64 bytes, because later versions append fields.
 * @throws LockProtocolError `message` when the length or the message limit is out of range.
 */
export function decodeInfo(bytes: Uint8Array): LockInfo {
  if (bytes.length < infoSizeBytes || bytes.length > infoLimitBytes)
    refuse('info', `INFO has 20 to 64 bytes, not ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getUint16(2);
  if (size < 256 || size > maxMessageSizeBytes)
    refuse('info', `INFO announces a message limit of ${size} bytes, outside 256 to 4096.`);
  return {
    versions: view.getUint8(0),
    suites: view.getUint8(1),
    maxMessageSizeBytes: size,
    tag: bytes.slice(4, 12),
    nonce: bytes.slice(12, 20),
  };
}
