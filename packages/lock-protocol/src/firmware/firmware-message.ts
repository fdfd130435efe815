import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim, largestUint32 } from '../encoding/claim-reader.js';
import { LockProtocolError } from '../protocol-error.js';

/** Most bytes of an image in one firmware-put. */
export const firmwarePieceLimit = 3072;

/** One piece of an image. */
export interface FirmwarePiece {
  /** How many bytes of the image come before it. */
  readonly offset: number;
  /** 1 to {@link firmwarePieceLimit} bytes. */
  readonly bytes: Uint8Array;
}

const pieceField = { offset: 1, bytes: 3 } as const;
const offerField = { heldBytes: 1 } as const;

/** Body of firmware-put. */
export function encodeFirmwarePiece({ offset, bytes }: FirmwarePiece): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [pieceField.offset, offset],
      [pieceField.bytes, bytes],
    ]),
  );
}

/** Reads the body of firmware-put, or tells the code with which a lock answers what it cannot take. */
export function readFirmwarePiece(body: Uint8Array): FirmwarePiece | 'bad-frame' | 'critical-field' {
  const map = readMap(body);
  if (map === undefined) return 'bad-frame';
  if (hasUnknownCriticalClaim(map, pieceField)) return 'critical-field';
  const offset = map.get(pieceField.offset);
  const bytes = map.get(pieceField.bytes);
  if (typeof offset !== 'number' || offset < 0 || offset > largestUint32) return 'bad-frame';
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > firmwarePieceLimit) return 'bad-frame';
  return { offset, bytes };
}

/** Body of the answer to firmware-offer: how many bytes of the image the lock holds. */
export function encodeFirmwareHeld(heldBytes: number): Uint8Array {
  return encodeCbor(new Map([[offerField.heldBytes, heldBytes]]));
}

/**
 * Reads the answer to firmware-offer.
 *
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeFirmwareHeld(body: Uint8Array): number {
  const held = readMap(body)?.get(offerField.heldBytes);
  if (typeof held === 'number' && held >= 0 && held <= largestUint32) return held;
  throw new LockProtocolError(
    { code: 'message', reason: 'result' },
    'These bytes do not say how much of an image a lock holds.',
  );
}

function readMap(body: Uint8Array): ReadonlyMap<number, CborValue> | undefined {
  try {
    const map = decodeCbor(body);
    return map instanceof Map ? map : undefined;
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return undefined;
  }
}
