import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim, largestUint32 } from '../encoding/claim-reader.js';
import type { LockStatement } from '../objects/lock-statement.js';
import { type Refusal, refuse } from '../objects/object-decision.js';
import { LockProtocolError } from '../protocol-error.js';
import { emptyLog, type LogHead } from './lock-log.js';
import { signLogHead } from './log-head.js';
import { encodeLogPage, type LogReadRequest, mostPageEntries, readLog } from './log-page.js';
import { acknowledgeLog, type LogRing } from './log-ring.js';

const readField = { after: 1, max: 3 } as const;
const acknowledgeField = { seq: 1, hash: 3 } as const;

/** Body of the operation log-read. */
export function encodeLogRead({ after, max = mostPageEntries }: LogReadRequest): Uint8Array {
  const body = new Map<number, CborValue>([[readField.after, after]]);
  if (max !== mostPageEntries) body.set(readField.max, max);
  return encodeCbor(body);
}

/** Body of the operation log-acknowledge: the newest entry that a reader has proven, and the chain value there. */
export function encodeLogAcknowledge({ seq, hash }: LogHead): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [acknowledgeField.seq, seq],
      [acknowledgeField.hash, hash],
    ]),
  );
}

/** What a lock needs to sign the head of a page. */
export interface LogSigning {
  /** The lock's Ed25519 secret. */
  readonly secret: Uint8Array;
  readonly moment: Pick<LockStatement, 'lock' | 'issuedAt' | 'quality' | 'epoch'>;
}

/** Carries out log-read: the answer's body is a page, whose last entry is `through`. Changes nothing. */
export function answerLogRead(
  crypto: CryptoProvider,
  ring: LogRing,
  { body, signing }: { readonly body: Uint8Array; readonly signing: LogSigning },
):
  | { readonly ok: true; readonly page: Uint8Array; readonly through: number }
  | Refusal<'bad-frame' | 'critical-field'> {
  const fields = readFields(body, readField);
  if (!fields.ok) return fields;
  const after = fields.map.get(readField.after);
  const max = fields.map.get(readField.max) ?? mostPageEntries;
  if (!isUint(after, largestUint32) || !isUint(max, mostPageEntries) || max === 0) return refuse('bad-frame');
  const draft = readLog(crypto, ring, { after, max });
  const head = signLogHead(crypto, signing.secret, { ...signing.moment, ...draft.head });
  return { ok: true, page: encodeLogPage({ ...draft, head }), through: draft.head.seq };
}

/** Carries out log-acknowledge: the answer has no body; the ring's mark must be in the memory before it leaves. */
export function answerLogAcknowledge(
  crypto: CryptoProvider,
  ring: LogRing,
  body: Uint8Array,
): { readonly ok: true; readonly ring: LogRing } | Refusal<'bad-frame' | 'critical-field' | 'log-mismatch'> {
  const fields = readFields(body, acknowledgeField);
  if (!fields.ok) return fields;
  const seq = fields.map.get(acknowledgeField.seq);
  const hash = fields.map.get(acknowledgeField.hash);
  if (!isUint(seq, largestUint32) || !(hash instanceof Uint8Array && hash.length === emptyLog.hash.length)) {
    return refuse('bad-frame');
  }
  return acknowledgeLog(crypto, ring, { seq, hash });
}

function readFields(
  body: Uint8Array,
  known: Readonly<Record<string, number>>,
): { readonly ok: true; readonly map: ReadonlyMap<number, CborValue> } | Refusal<'bad-frame' | 'critical-field'> {
  const value = readCbor(body);
  if (!(value instanceof Map)) return refuse('bad-frame');
  const map: ReadonlyMap<number, CborValue> = value;
  return hasUnknownCriticalClaim(map, known) ? refuse('critical-field') : { ok: true, map };
}

function readCbor(body: Uint8Array): CborValue | undefined {
  try {
    return decodeCbor(body);
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

function isUint(value: CborValue | undefined, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}
