import { encodeCbor } from './cbor.js';
import { type AnswerCode, answerNumbers } from './refusal.js';

/** The qualities of a clock, in the order of their numbers. */
export const clockQualities = ['none', 'stale', 'good'] as const;

/** Where the bolt is, in the order of the numbers. */
export const boltPositions = ['unknown', 'locked', 'unlocked', 'held-open'] as const;

/** Where the bolt is. */
export type Bolt = (typeof boltPositions)[number];

/** INFO of one connection: OLP/1, suite 1, messages of up to 4096 bytes (SPEC §7). */
export function encodeInfo(tag: Uint8Array, lockNonce: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(1, 1, 0x10, 0), tag, lockNonce]);
}

/** The payload of message 2 of a lock that unlocks, locks and holds open (SPEC §9.1). */
export function encodeHello(lockNonce: Uint8Array, quality: (typeof clockQualities)[number]): Uint8Array {
  const capabilities = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7);
  return encodeCbor(
    new Map<number, Uint8Array | number>([
      [1, lockNonce],
      [2, clockQualities.indexOf(quality)],
      [3, capabilities],
    ]),
  );
}

/** What a lock tells of itself (SPEC §10.8). */
export interface Status {
  readonly bolt: Bolt;
  readonly batteryPercent: number | null;
  readonly quality: (typeof clockQualities)[number];
  /** 0 at quality none. */
  readonly utcSeconds: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly head: Uint8Array;
}

/** The answer to an operation: its body is the status when the code is `ok`. */
export function encodeStatusAnswer(code: AnswerCode, nonce: Uint8Array, status: Status): Uint8Array {
  const { bolt, batteryPercent, quality, utcSeconds, epoch, sequence, head } = status;
  const fields = new Map<number, number | Uint8Array>([
    [1, boltPositions.indexOf(bolt)],
    [5, clockQualities.indexOf(quality)],
    [7, utcSeconds],
    [9, epoch],
    [11, sequence],
    [13, head],
  ]);
  if (batteryPercent !== null) fields.set(3, batteryPercent);
  const body = code === 'ok' ? encodeCbor(fields) : new Uint8Array(0);
  return Buffer.concat([Uint8Array.of(2, answerNumbers[code]), nonce, body]);
}

/** What a lock answers to a command. */
export interface Result {
  readonly code: AnswerCode;
  readonly bolt: Bolt;
  readonly repeated: boolean;
  /** 0 to 100; null when it is not known. */
  readonly batteryPercent: number | null;
  readonly sequence: number;
  readonly nonce: Uint8Array;
  readonly head: Uint8Array;
}

/** The 33 bytes of a result (SPEC §10.2). */
export function encodeResult(result: Result): Uint8Array {
  const bytes = Buffer.alloc(33);
  bytes[0] = 1;
  bytes[1] = answerNumbers[result.code];
  bytes[2] = boltPositions.indexOf(result.bolt);
  bytes[3] = result.repeated ? 1 : 0;
  bytes[4] = result.batteryPercent ?? 255;
  bytes.writeUInt32BE(result.sequence, 5);
  bytes.set(result.nonce, 9);
  bytes.set(result.head.subarray(0, 16), 17);
  return bytes;
}
