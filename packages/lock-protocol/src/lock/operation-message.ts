import { type AnswerCode, answerCodeOf, answerCodes } from '../answer-code.js';
import { concatBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { LockProtocolError } from '../protocol-error.js';

/** Every operation, in the order of its number on the wire, from 1; new names are appended (SPEC §10.8). */
export const operationNames = [
  'status',
  'time',
  'log-read',
  'log-acknowledge',
  'set-begin',
  'set-put',
  'set-commit',
  'set-abort',
  'set-summary',
  'bulletin',
  'enroll',
  'firmware-offer',
  'firmware-put',
  'firmware-commit',
  'identify',
  'commission',
  'decommission',
] as const;

/** Something a caller asks of a lock that moves no bolt. */
export type OperationName = (typeof operationNames)[number];

const field = { name: 2, body: 4 } as const;
const noBody = new Uint8Array(0);

/** One operation inside a request. It may be sent again at any time: what was done already is not done twice. */
export interface OperationRequest {
  readonly name: OperationName;
  /** What the operation needs, as its own section says; empty for nothing. */
  readonly body: Uint8Array;
}

/** The map that stands for an operation in a request. */
export function encodeOperation({ name, body }: OperationRequest): CborValue {
  const map = new Map<number, CborValue>([[field.name, operationNames.indexOf(name) + 1]]);
  if (body.length > 0) map.set(field.body, body);
  return map;
}

/** Reads such a map, or tells the code with which the lock answers what it cannot read. */
export function readOperation(
  map: ReadonlyMap<number, CborValue>,
): OperationRequest | 'bad-frame' | 'critical-field' | 'unsupported' {
  if (hasUnknownCriticalClaim(map, field)) return 'critical-field';
  const number = map.get(field.name);
  const body = map.get(field.body) ?? noBody;
  if (typeof number !== 'number' || !(body instanceof Uint8Array)) return 'bad-frame';
  const name = operationNames[number - 1];
  return name === undefined ? 'unsupported' : { name, body };
}

/** The lock's answer to an operation. */
export interface OperationAnswer {
  readonly code: AnswerCode;
  /** 8 bytes, which a later command of the session must quote. */
  readonly nonce: Uint8Array;
  /** What was asked for, when `code` is `ok`. */
  readonly body: Uint8Array;
}

const kind = 2;
const headSizeBytes = 10;

/** Bytes of an operation's answer: 10, and the body. */
export function encodeOperationAnswer({ code, nonce, body }: OperationAnswer): Uint8Array {
  return concatBytes(Uint8Array.of(kind, answerCodes[code].number), nonce, body);
}

/**
 * Reads an operation's answer.
 * @throws LockProtocolError `message` when it is short, of another kind, or says a code unknown here.
 */
export function decodeOperationAnswer(bytes: Uint8Array): OperationAnswer {
  const code = answerCodeOf(bytes[1] ?? -1);
  if (bytes.length < headSizeBytes || bytes[0] !== kind || code === undefined) {
    throw new LockProtocolError({ code: 'message', reason: 'result' }, 'This is no answer to an operation.');
  }
  return { code, nonce: bytes.slice(2, headSizeBytes), body: bytes.slice(headSizeBytes) };
}
